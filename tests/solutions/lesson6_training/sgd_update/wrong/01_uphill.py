# misconception: uphill
# why: adds the gradient
def sgd_update(params, grads, lr):
    for name in params:
        if name in ("b1", "b2"):
            for i in range(len(params[name])):
                params[name][i] += lr * grads[name][i]
        else:
            for i in range(len(params[name])):
                for j in range(len(params[name][i])):
                    params[name][i][j] += lr * grads[name][i][j]
