# misconception: keys_with_themselves
# why: the key twice
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in keys:
        scores.append(dot(key, key) / math.sqrt(d))
    return scores
