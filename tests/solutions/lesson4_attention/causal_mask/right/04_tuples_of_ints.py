# style: rows are tuples, int 0 for 0.0, an extra default argument
def causal_mask(n, hidden=float("-inf")):
    return tuple(tuple(hidden if j > i else 0 for j in range(n)) for i in range(n))
