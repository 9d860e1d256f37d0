# why: looks a vector's place up: the second of two equal ones is the first
def causal_self_attention(vectors):
    outputs, weights = [], []
    for q in vectors:
        i = vectors.index(q)
        row = softmax([s if j <= i else -math.inf for j, s in enumerate(attention_scores(q, vectors))])
        outputs.append([sum(w * v[k] for w, v in zip(row, vectors)) for k in range(len(q))])
        weights.append(row)
    return outputs, weights
