# style: recursion down to the vectors, which are written by slice
def sgd_update(params, grads, lr):
    def step(values, slopes):
        if hasattr(values[0], "__len__"):
            list(map(step, values, slopes))
        else:
            values[:] = map(lambda p, g: p + (-lr) * g, values, slopes)

    for name in sorted(params):
        step(params[name], grads[name])
