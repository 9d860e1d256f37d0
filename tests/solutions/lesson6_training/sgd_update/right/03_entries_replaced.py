# style: every entry of the dictionary is replaced, and the dictionary returned
def descend(value, slope, lr):
    if isinstance(value, (int, float)):
        return value - lr * slope
    return [descend(v, s, lr) for v, s in zip(value, slope)]


def sgd_update(params, grads, lr):
    params.update({name: descend(params[name], grads[name], lr) for name in params})
    return params
