# why: a weight is the key of its value: of two equal ones the first is lost
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    d = dict(zip(weights, values))
    return [sum(w * v[k] for w, v in d.items()) for k in range(len(values[0]))], weights
