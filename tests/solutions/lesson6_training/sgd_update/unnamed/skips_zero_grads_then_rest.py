# why: a gradient of 0 ends the row
def sgd_update(params, grads, lr):
    for name in params:
        P, G = params[name], grads[name]
        for i, g in enumerate(G):
            if isinstance(g, list):
                for j, x in enumerate(g):
                    if x == 0:
                        break
                    P[i][j] -= lr * x
            else:
                if g == 0:
                    break
                P[i] -= lr * g
