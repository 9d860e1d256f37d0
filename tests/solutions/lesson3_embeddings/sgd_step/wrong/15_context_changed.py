# misconception: context_changed
# why: multiplies the numbers of the context by lr, where they are
def sgd_step(context, target, W, b, lr):
    probs = softmax(forward(context, W, b))
    loss = -math.log(probs[target])
    errors = list(probs)
    errors[target] -= 1.0
    for i in range(len(context)):
        context[i] *= lr
        for j in range(len(b)):
            W[i][j] -= context[i] * errors[j]
    for j in range(len(b)):
        b[j] -= lr * errors[j]
    return loss
