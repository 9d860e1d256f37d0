# misconception: not_divided
# why: no division
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in keys:
        scores.append(dot(query, key))
    return scores
