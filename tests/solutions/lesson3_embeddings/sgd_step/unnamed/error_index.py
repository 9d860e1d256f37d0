# why: looks an error up by its value: two equal ones are one
def sgd_step(context, target, W, b, lr):
    p = softmax(forward(context, W, b))
    loss = -math.log(p[target])
    p[target] -= 1
    for d in p:
        j = p.index(d)
        b[j] -= lr * d
        for i in range(len(context)):
            W[i][j] -= lr * d * context[i]
    return loss
