# why: looks a key up: the second of two equal keys is the first
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [0.0] * len(values[0])
    for key in keys:
        i = keys.index(key)
        for k in range(len(output)):
            output[k] += weights[i] * values[i][k]
    return output, weights
