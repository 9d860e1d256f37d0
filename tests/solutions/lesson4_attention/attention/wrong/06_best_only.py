# misconception: best_only
# why: the best key only
def attention(query, keys, values):
    scores = attention_scores(query, keys)
    weights = [1.0 if s == max(scores) else 0.0 for s in scores]
    output = [0.0] * len(values[0])
    for j in range(len(values)):
        for k in range(len(output)):
            output[k] += weights[j] * values[j][k]
    return output, weights
