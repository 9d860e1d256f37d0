# why: looks a number up by its value: two equal ones are one
def sgd_update(params, grads, lr):
    for name in params:
        P, G = params[name], grads[name]
        for row, g in zip(P, G):
            if isinstance(row, list):
                for x in row:
                    row[row.index(x)] -= lr * g[row.index(x)]
        if not isinstance(P[0], list):
            for x in P:
                i = P.index(x)
                P[i] = x - lr * G[i]
