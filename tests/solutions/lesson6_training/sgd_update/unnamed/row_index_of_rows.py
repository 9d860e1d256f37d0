# why: looks a row of gradients up: two equal rows are one
def sgd_update(params, grads, lr):
    for name in params:
        P, G = params[name], grads[name]
        if isinstance(P[0], list):
            for g in G:
                i = G.index(g)
                P[i] = [p - lr * x for p, x in zip(P[i], g)]
        else:
            for i in range(len(P)):
                P[i] -= lr * G[i]
