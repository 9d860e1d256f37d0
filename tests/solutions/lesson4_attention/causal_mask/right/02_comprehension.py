# style: nested comprehension
def causal_mask(n):
    return [[0.0 if column <= row else -math.inf for column in range(n)] for row in range(n)]
