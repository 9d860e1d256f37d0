# why: heads that say the same are kept once
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if d % num_heads:
        raise ValueError
    size = d // num_heads
    heads = [
        causal_self_attention([v[h * size : (h + 1) * size] for v in vectors])[0] for h in range(num_heads)
    ]
    heads = [h for n, h in enumerate(heads) if h not in heads[:n]]
    return [sum((h[i] for h in heads), []) for i in range(len(vectors))]
