# style: a table of -inf whose allowed part is filled in
def causal_mask(n):
    mask = [[-math.inf] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            mask[i][j] = 0.0
    return mask
