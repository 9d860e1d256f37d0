# style: zeros, then infinities, by repeating lists
def causal_mask(n):
    return [[0.0] * (row + 1) + [-math.inf] * (n - row - 1) for row in range(n)]
