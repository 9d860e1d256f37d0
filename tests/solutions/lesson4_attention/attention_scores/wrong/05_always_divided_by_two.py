# misconception: always_divided_by_two
# why: 2 is written in the code
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in keys:
        scores.append(dot(query, key) / 2)
    return scores
