# misconception: sign_of_gradient
# why: looks at the sign of the gradient alone
def sgd_update(params, grads, lr):
    for name in params:
        if name in ("b1", "b2"):
            for i in range(len(params[name])):
                params[name][i] -= lr * ((grads[name][i] > 0) - (grads[name][i] < 0))
        else:
            for i in range(len(params[name])):
                for j in range(len(params[name][i])):
                    params[name][i][j] -= lr * ((grads[name][i][j] > 0) - (grads[name][i][j] < 0))
