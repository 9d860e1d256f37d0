# style: every row is replaced by a new one
def sgd_update(params, grads, lr):
    for name, value in params.items():
        for i, row in enumerate(value):
            slope = grads[name][i]
            if isinstance(row, (list, tuple)):
                value[i] = [p - lr * g for p, g in zip(row, slope)]
            else:
                value[i] = row - lr * slope
