# style: recursion: the past first, then the last position
def causal_self_attention(vectors):
    if not vectors:
        return [], []
    outputs, weights = causal_self_attention(vectors[:-1])
    output, row = attention(vectors[-1], vectors, vectors)
    return [*outputs, output], [[*w, 0.0] for w in weights] + [list(row)]
