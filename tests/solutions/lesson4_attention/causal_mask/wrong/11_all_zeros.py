# misconception: all_zeros
# why: forgets the condition
def causal_mask(n):
    return [[0.0] * n for _ in range(n)]
