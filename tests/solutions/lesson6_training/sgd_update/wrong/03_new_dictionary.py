# misconception: nothing_changed
# why: returns new parameters and leaves the old ones
def sgd_update(params, grads, lr):
    new = {}
    for name in params:
        if name in ("b1", "b2"):
            new[name] = [p - lr * g for p, g in zip(params[name], grads[name])]
        else:
            new[name] = [[p - lr * g for p, g in zip(a, b)] for a, b in zip(params[name], grads[name])]
    return new
