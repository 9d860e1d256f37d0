# style: a table of zeros whose slices are filled in; an extra default argument
def multi_head_attention(vectors, num_heads, attend=None):
    attend = attend or causal_self_attention
    n, d = len(vectors), len(vectors[0])
    if d % num_heads != 0:
        raise ValueError()
    size = d // num_heads
    out = [[0.0] * d for _ in range(n)]
    for h in range(num_heads):
        part = attend([list(v)[h * size : h * size + size] for v in vectors])[0]
        for i in range(n):
            out[i][h * size : h * size + size] = part[i]
    return out
