# style: recursion: the first head, then the others
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if d % num_heads:
        raise ValueError("cannot cut the vectors in equal slices")
    if num_heads == 1:
        return causal_self_attention(vectors)[0]
    size = d // num_heads
    first, _ = causal_self_attention([v[:size] for v in vectors])
    others = multi_head_attention([v[size:] for v in vectors], num_heads - 1)
    return [list(a) + list(b) for a, b in zip(first, others)]
