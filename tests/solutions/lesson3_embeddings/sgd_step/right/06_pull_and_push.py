# style: pushes everything down, then pulls the target up
def sgd_step(context, target, W, b, lr):
    scores = forward(context, W, b)
    top = max(scores)
    exps = [math.exp(s - top) for s in scores]
    share = [e / sum(exps) for e in exps]
    for row, x in zip(W, context):
        for j in range(len(row)):
            row[j] -= lr * share[j] * x
        row[target] += lr * x
    for j in range(len(b)):
        b[j] -= lr * share[j]
    b[target] += lr
    return -math.log(share[target])
