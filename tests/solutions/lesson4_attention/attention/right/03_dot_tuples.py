# style: dot with each column, everything in tuples
def attention(query, keys, values):
    weights = tuple(softmax(attention_scores(query, keys)))
    return tuple(dot(weights, column) for column in zip(*values)), weights
