# misconception: nothing_returned
# why: no return
def attention_scores(query, keys):
    d = len(query)
    scores = []
    for key in keys:
        scores.append(dot(query, key) / math.sqrt(d))
