# misconception: sees_one_ahead
# why: row + 1
def causal_mask(n):
    mask = []
    for row in range(n):
        line = []
        for column in range(n):
            if column <= row + 1:
                line.append(0.0)
            else:
                line.append(float("-inf"))
        mask.append(line)
    return mask
