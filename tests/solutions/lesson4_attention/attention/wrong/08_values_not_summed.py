# misconception: values_not_summed
# why: a list of weighted values
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [[w * x for x in value] for w, value in zip(weights, values)]
    return output, weights
