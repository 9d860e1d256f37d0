# style: -1e9 inside, which softmax turns into exactly 0; an extra default argument
def causal_self_attention(vectors, hidden=-1e9):
    outputs, weights = [], []
    for i, query in enumerate(vectors):
        scores = attention_scores(query, vectors)
        row = softmax([s if j <= i else hidden for j, s in enumerate(scores)])
        weights.append(row)
        outputs.append([sum(w * v[k] for w, v in zip(row, vectors)) for k in range(len(query))])
    return outputs, weights
