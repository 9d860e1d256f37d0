# why: small probabilities become 0
def softmax(scores):
    m = max(scores)
    e = [math.exp(s - m) if s - m > -10 else 0.0 for s in scores]
    return [x / sum(e) for x in e]
