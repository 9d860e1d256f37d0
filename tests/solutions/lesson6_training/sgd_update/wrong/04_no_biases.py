# misconception: biases_skipped
# why: goes through the matrices alone
def sgd_update(params, grads, lr):
    for name in params:
        if name in ("b1", "b2"):
            for i in range(len(params[name])):
                pass
        else:
            for i in range(len(params[name])):
                for j in range(len(params[name][i])):
                    params[name][i][j] -= lr * grads[name][i][j]
