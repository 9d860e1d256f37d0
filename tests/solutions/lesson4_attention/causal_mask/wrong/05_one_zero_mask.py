# misconception: one_zero_mask
# why: a mask to multiply with
def causal_mask(n):
    mask = []
    for row in range(n):
        line = []
        for column in range(n):
            if column <= row:
                line.append(1.0)
            else:
                line.append(0.0)
        mask.append(line)
    return mask
