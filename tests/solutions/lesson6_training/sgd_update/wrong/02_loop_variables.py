# misconception: nothing_changed
# why: gives new values to the loop's variables
def sgd_update(params, grads, lr):
    for name in params:
        for row, slopes in zip(params[name], grads[name]):
            if name in ("b1", "b2"):
                row = row - lr * slopes
            else:
                row = [p - lr * g for p, g in zip(row, slopes)]
