# misconception: divided_by_lr
# why: divides by the learning rate
def sgd_update(params, grads, lr):
    for name in params:
        if name in ("b1", "b2"):
            for i in range(len(params[name])):
                params[name][i] -= grads[name][i] / lr
        else:
            for i in range(len(params[name])):
                for j in range(len(params[name][i])):
                    params[name][i][j] -= grads[name][i][j] / lr
