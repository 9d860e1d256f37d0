# misconception: output_averaged
# why: divides by the number of values
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [0.0] * len(values[0])
    for j in range(len(values)):
        for k in range(len(output)):
            output[k] += weights[j] * values[j][k]
    return [x / len(values) for x in output], weights
