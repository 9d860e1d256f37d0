# why: the key is a dict's key: equal ones give one score
def attention_scores(query, keys):
    scores = {tuple(key): dot(query, key) / math.sqrt(len(query)) for key in keys}
    return list(scores.values())
