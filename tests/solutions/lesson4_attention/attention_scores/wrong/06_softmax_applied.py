# misconception: softmax_applied
# why: returns weights
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in keys:
        scores.append(dot(query, key) / math.sqrt(d))
    return softmax(scores)
