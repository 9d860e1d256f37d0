# misconception: text_for_infinity
# why: the text "-inf"
def causal_mask(n):
    mask = []
    for row in range(n):
        line = []
        for column in range(n):
            if column <= row:
                line.append(0.0)
            else:
                line.append("-inf")
        mask.append(line)
    return mask
