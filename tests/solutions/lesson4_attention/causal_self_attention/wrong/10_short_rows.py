# misconception: short_rows
# why: the rows of weights are not filled up
def causal_self_attention(vectors):
    outputs, weights = [], []
    for i in range(len(vectors)):
        output, row = attention(vectors[i], vectors[: i + 1], vectors[: i + 1])
        outputs.append(output)
        weights.append(row)
    return outputs, weights
