# misconception: past_averaged
# why: a plain mean of the past
def causal_self_attention(vectors):
    mask = causal_mask(len(vectors))
    outputs = []
    weights = []
    for i in range(len(vectors)):
        scores = attention_scores(vectors[i], vectors)
        row = [1 / (i + 1) if m == 0 else 0.0 for m in mask[i]]
        output = [0.0] * len(vectors[i])
        for j in range(len(vectors)):
            for k in range(len(output)):
                output[k] += row[j] * vectors[j][k]
        outputs.append(output)
        weights.append(row)
    return outputs, weights
