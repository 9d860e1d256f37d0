# misconception: summed_the_other_way
# why: sums over each value
def attention(query, keys, values):
    weights = softmax(attention_scores(query, keys))
    output = [sum(w * x for x in value) for w, value in zip(weights, values)]
    return output, weights
