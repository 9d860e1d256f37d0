# misconception: target_only
# why: changes the target only
def sgd_step(context, target, W, b, lr):
    probs = softmax(forward(context, W, b))
    loss = -math.log(probs[target])
    for j in [target]:
        error = probs[j] - 1.0
        for i in range(len(context)):
            W[i][j] -= lr * context[i] * error
        b[j] -= lr * error
    return loss
