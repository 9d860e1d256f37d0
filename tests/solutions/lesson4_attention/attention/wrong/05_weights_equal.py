# misconception: weights_equal
# why: a plain mean
def attention(query, keys, values):
    weights = [1 / len(keys)] * len(keys)
    output = [0.0] * len(values[0])
    for j in range(len(values)):
        for k in range(len(output)):
            output[k] += weights[j] * values[j][k]
    return output, weights
