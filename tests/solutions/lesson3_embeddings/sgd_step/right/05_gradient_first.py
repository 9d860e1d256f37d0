# style: the whole gradient first, then the step
def sgd_step(context, target, W, b, lr):
    probs = softmax(forward(context, W, b))
    loss = math.log(1 / probs[target])
    grad_b = [probs[j] - (j == target) for j in range(len(probs))]
    grad_W = [[x * g for g in grad_b] for x in context]
    for i in range(len(W)):
        for j in range(len(b)):
            W[i][j] = W[i][j] - lr * grad_W[i][j]
    for j in range(len(b)):
        b[j] = b[j] - lr * grad_b[j]
    return loss
