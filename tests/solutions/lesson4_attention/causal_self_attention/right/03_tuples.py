# style: everything in tuples, int 0 for the future
def causal_self_attention(vectors):
    def row(i):
        shares = softmax(attention_scores(vectors[i], vectors[: i + 1]))
        return tuple(shares) + (0,) * (len(vectors) - i - 1)

    weights = tuple(row(i) for i in range(len(vectors)))
    outputs = tuple(tuple(dot(w, column) for column in zip(*vectors)) for w in weights)
    return outputs, weights
