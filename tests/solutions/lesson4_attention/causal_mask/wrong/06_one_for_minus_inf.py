# misconception: one_for_minus_inf
# why: 1 for -inf
def causal_mask(n):
    mask = []
    for row in range(n):
        line = []
        for column in range(n):
            if column <= row:
                line.append(0.0)
            else:
                line.append(1.0)
        mask.append(line)
    return mask
