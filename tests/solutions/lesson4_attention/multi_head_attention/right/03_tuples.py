# style: tuples, an error of its own that is a ValueError
class NotDivisible(ValueError):
    pass


def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if num_heads < 1 or d // num_heads * num_heads != d:
        raise NotDivisible(num_heads)
    size = d // num_heads
    result = tuple(() for _ in vectors)
    for start in range(0, d, size):
        outputs, _ = causal_self_attention(tuple(tuple(v[start : start + size]) for v in vectors))
        result = tuple(row + tuple(output) for row, output in zip(result, outputs))
    return result
