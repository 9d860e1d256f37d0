# misconception: overflow
# why: the largest score is not taken off
def softmax(scores):
    exps = [math.exp(score) for score in scores]
    total = sum(exps)
    return [e / total for e in exps]
