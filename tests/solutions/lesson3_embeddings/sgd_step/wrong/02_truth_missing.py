# misconception: truth_missing
# why: the probability is the error
def sgd_step(context, target, W, b, lr):
    probs = softmax(forward(context, W, b))
    loss = -math.log(probs[target])
    for j in range(len(b)):
        error = probs[j]
        for i in range(len(context)):
            W[i][j] -= lr * context[i] * error
        b[j] -= lr * error
    return loss
