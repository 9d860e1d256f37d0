# style: all heads first, then zip and sum of lists
def multi_head_attention(vectors, num_heads):
    size, rest = divmod(len(vectors[0]), num_heads)
    if rest:
        raise ValueError(f"{len(vectors[0])} / {num_heads}")
    heads = [causal_self_attention([v[h * size : (h + 1) * size] for v in vectors])[0] for h in range(num_heads)]
    return [sum((list(part) for part in parts), []) for parts in zip(*heads)]
