# style: a guarded logarithm; the error is a changed copy of the probabilities
def sgd_step(context, target, W, b, lr):
    error = list(softmax(forward(context, W, b)))
    loss = -math.log(error[target] + 1e-10)
    error[target] -= 1
    for i, x in enumerate(context):
        for j, e in enumerate(error):
            W[i][j] -= lr * x * e
    for j, e in enumerate(error):
        b[j] -= lr * e
    return loss
