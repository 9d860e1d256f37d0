# misconception: scores_clipped
# why: cuts the scores off at 500
def softmax(scores):
    exps = [math.exp(max(-500, min(500, score))) for score in scores]
    total = sum(exps)
    return [e / total for e in exps]
