# style: new rows are put into W, slice assignment for b
def sgd_step(context, target, W, b, lr):
    probs = softmax(forward(context, W, b))
    error = [p - 1 if j == target else p for j, p in enumerate(probs)]
    for i in range(len(W)):
        W[i] = [w - lr * context[i] * e for w, e in zip(W[i], error)]
    b[:] = [bias - lr * e for bias, e in zip(b, error)]
    return -math.log(probs[target])
