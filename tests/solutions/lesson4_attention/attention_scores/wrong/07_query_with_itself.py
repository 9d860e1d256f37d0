# misconception: query_with_itself
# why: the query twice
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in keys:
        scores.append(dot(query, query) / math.sqrt(d))
    return scores
