# misconception: divided_by_d
# why: divides by d
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in keys:
        scores.append(dot(query, key) / d)
    return scores
