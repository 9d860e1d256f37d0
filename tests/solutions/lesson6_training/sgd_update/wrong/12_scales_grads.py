# misconception: grads_changed
# why: multiplies the gradients where they are
def sgd_update(params, grads, lr):
    for name in params:
        for i in range(len(params[name])):
            if name in ("b1", "b2"):
                grads[name][i] *= lr
                params[name][i] -= grads[name][i]
            else:
                grads[name][i] = [g * lr for g in grads[name][i]]
                params[name][i] = [p - g for p, g in zip(params[name][i], grads[name][i])]
