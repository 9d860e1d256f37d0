# why: looks a weight up: the second of two equal weights is the first
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [0.0] * len(values[0])
    for w in weights:
        value = values[weights.index(w)]
        for k in range(len(output)):
            output[k] += w * value[k]
    return output, weights
