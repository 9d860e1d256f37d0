# misconception: shared_rows
# why: one row, repeated
def causal_mask(n):
    mask = [[0.0] * n] * n
    for i in range(n):
        for j in range(n):
            if j > i:
                mask[i][j] = -math.inf
    return mask
