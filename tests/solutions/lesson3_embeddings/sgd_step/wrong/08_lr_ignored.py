# misconception: lr_ignored
# why: no lr
def sgd_step(context, target, W, b, lr):
    probs = softmax(forward(context, W, b))
    loss = -math.log(probs[target])
    for j in range(len(b)):
        error = probs[j] - (1.0 if j == target else 0.0)
        for i in range(len(context)):
            W[i][j] -= context[i] * error
        b[j] -= error
    return loss
