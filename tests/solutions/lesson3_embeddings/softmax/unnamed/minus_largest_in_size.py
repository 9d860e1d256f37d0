# why: subtracts the score of the largest size, which may be the lowest
def softmax(scores):
    shift = max(scores, key=abs)
    e = [math.exp(s - shift) for s in scores]
    return [x / sum(e) for x in e]
