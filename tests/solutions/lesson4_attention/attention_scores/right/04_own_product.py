# style: does not call dot; an extra default argument
def attention_scores(query, keys, scale=None):
    if scale is None:
        scale = math.sqrt(len(query))
    scores = [0] * len(keys)
    for j in range(len(keys)):
        for k in range(len(query)):
            scores[j] += query[k] * keys[j][k]
        scores[j] /= scale
    return scores
