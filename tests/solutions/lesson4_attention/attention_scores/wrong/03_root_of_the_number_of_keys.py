# misconception: root_of_the_number_of_keys
# why: d is the number of keys
def attention_scores(query, keys):
    d = len(keys)
    scores = []
    for key in keys:
        scores.append(dot(query, key) / math.sqrt(d))
    return scores
