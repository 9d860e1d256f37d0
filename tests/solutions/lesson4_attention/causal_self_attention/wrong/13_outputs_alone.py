# misconception: outputs_alone
# why: returns the outputs
def causal_self_attention(vectors):
    mask = causal_mask(len(vectors))
    outputs = []
    weights = []
    for i in range(len(vectors)):
        scores = attention_scores(vectors[i], vectors)
        row = softmax([s + m for s, m in zip(scores, mask[i])])
        output = [0.0] * len(vectors[i])
        for j in range(len(vectors)):
            for k in range(len(output)):
                output[k] += row[j] * vectors[j][k]
        outputs.append(output)
        weights.append(row)
    return outputs
