# misconception: argument_changed
# why: multiplies the values themselves by their weights
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    for weight, value in zip(weights, values):
        for k in range(len(value)):
            value[k] *= weight
    output = [sum(column) for column in zip(*values)]
    return output, weights
