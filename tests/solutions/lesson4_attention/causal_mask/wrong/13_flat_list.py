# misconception: flat_list
# why: one list
def causal_mask(n):
    mask = []
    for row in range(n):
        for column in range(n):
            if column <= row:
                mask.append(0.0)
            else:
                mask.append(float("-inf"))
    return mask
