# why: looks a vector's place up: the second of two equal ones is the first
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if d % num_heads:
        raise ValueError
    size = d // num_heads
    heads = [
        causal_self_attention([v[h * size : (h + 1) * size] for v in vectors])[0] for h in range(num_heads)
    ]
    return [[x for head in heads for x in head[vectors.index(v)]] for v in vectors]
