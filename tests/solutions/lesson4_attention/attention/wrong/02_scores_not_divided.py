# misconception: scores_not_divided
# why: plain scalar products
def attention(query, keys, values):
    weights = softmax([dot(query, key) for key in keys])
    output = [0.0] * len(values[0])
    for j in range(len(values)):
        for k in range(len(output)):
            output[k] += weights[j] * values[j][k]
    return output, weights
