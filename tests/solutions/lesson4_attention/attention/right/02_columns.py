# style: a sum for each column
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [sum(w * x for w, x in zip(weights, column)) for column in zip(*values)]
    return output, weights
