# why: looks a gradient up by its value: two equal ones are one
def sgd_update(params, grads, lr):
    for name in params:
        P, G = params[name], grads[name]
        if isinstance(P[0], list):
            for i in range(len(P)):
                P[i] = [p - lr * x for p, x in zip(P[i], G[i])]
        else:
            for g in G:
                P[G.index(g)] -= lr * g
