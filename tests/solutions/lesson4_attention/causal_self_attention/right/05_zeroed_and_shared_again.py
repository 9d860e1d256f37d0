# style: weights of the future set to 0, then each row divided by its sum
def causal_self_attention(vectors):
    n = len(vectors)
    weights = []
    for i in range(n):
        row = list(softmax(attention_scores(vectors[i], vectors)))
        row = [w if j <= i else 0.0 for j, w in enumerate(row)]
        total = sum(row)
        weights.append([w / total for w in row])
    outputs = [[sum(row[j] * vectors[j][k] for j in range(n)) for k in range(len(vectors[0]))] for row in weights]
    return [outputs, weights]
