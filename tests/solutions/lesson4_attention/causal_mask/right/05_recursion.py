# style: grows the smaller mask by one row and one column
def causal_mask(n):
    if n == 0:
        return []
    smaller = causal_mask(n - 1)
    return [row + [-math.inf] for row in smaller] + [[0.0] * n]
