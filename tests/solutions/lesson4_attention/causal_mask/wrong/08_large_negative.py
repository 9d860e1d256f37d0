# misconception: large_negative
# why: -1e9
def causal_mask(n):
    mask = []
    for row in range(n):
        line = []
        for column in range(n):
            if column <= row:
                line.append(0.0)
            else:
                line.append(-1e9)
        mask.append(line)
    return mask
