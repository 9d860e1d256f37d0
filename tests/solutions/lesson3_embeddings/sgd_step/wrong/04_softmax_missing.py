# misconception: softmax_missing
# why: the error comes from the scores
def sgd_step(context, target, W, b, lr):
    scores = forward(context, W, b)
    probs = softmax(scores)
    loss = -math.log(probs[target])
    for j in range(len(b)):
        error = scores[j] - (1.0 if j == target else 0.0)
        for i in range(len(context)):
            W[i][j] -= lr * context[i] * error
        b[j] -= lr * error
    return loss
