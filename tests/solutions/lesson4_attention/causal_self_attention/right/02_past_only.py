# style: attention over the past, rows filled up with zeros
def causal_self_attention(vectors):
    outputs, weights = [], []
    for i, query in enumerate(vectors):
        past = vectors[: i + 1]
        output, row = attention(query, past, past)
        outputs.append(output)
        weights.append(list(row) + [0.0] * (len(vectors) - i - 1))
    return outputs, weights
