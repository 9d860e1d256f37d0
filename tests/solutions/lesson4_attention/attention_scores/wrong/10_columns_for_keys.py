# misconception: columns_for_keys
# why: columns for rows
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in zip(*keys):
        scores.append(dot(query, key) / math.sqrt(d))
    return scores
