# why: looks a number up by its value: two equal ones are one
def sgd_step(context, target, W, b, lr):
    p = softmax(forward(context, W, b))
    for j in range(len(b)):
        d = p[j] - (j == target)
        for x in context:
            W[context.index(x)][j] -= lr * d * x
        b[j] -= lr * d
    return -math.log(p[target])
