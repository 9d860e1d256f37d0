# misconception: never_reset
# why: one total for all keys
def attention_scores(query, keys):
    scores = []
    total = 0.0
    for key in keys:
        for x, y in zip(query, key):
            total += x * y
        scores.append(total / math.sqrt(len(query)))
    return scores
