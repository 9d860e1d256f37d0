# misconception: keys_for_values
# why: adds up the keys
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [0.0] * len(keys[0])
    for j in range(len(values)):
        for k in range(len(output)):
            output[k] += weights[j] * keys[j][k]
    return output, weights
