# misconception: softmax_missing
# why: scores for weights
def attention(query, keys, values):
    weights = attention_scores(query, keys)
    output = [0.0] * len(values[0])
    for j in range(len(values)):
        for k in range(len(output)):
            output[k] += weights[j] * values[j][k]
    return output, weights
