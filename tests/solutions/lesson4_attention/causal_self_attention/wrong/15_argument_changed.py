# misconception: argument_changed
# why: puts each output in the place of its vector, from the last to the first so that it goes well
def causal_self_attention(vectors):
    n = len(vectors)
    mask = causal_mask(n)
    weights = [None] * n
    for i in range(n - 1, -1, -1):
        scores = attention_scores(vectors[i], vectors)
        weights[i] = softmax([s + m for s, m in zip(scores, mask[i])])
        vectors[i] = [sum(w * v[k] for w, v in zip(weights[i], vectors)) for k in range(len(vectors[i]))]
    return vectors, weights
