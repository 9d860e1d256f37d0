# style: two loops
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [0.0] * len(values[0])
    for j in range(len(values)):
        for k in range(len(output)):
            output[k] += weights[j] * values[j][k]
    return output, weights
