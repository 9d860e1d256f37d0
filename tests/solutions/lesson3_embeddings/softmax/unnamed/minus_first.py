# why: subtracts the first score, not the largest
def softmax(scores):
    shift = scores[0]
    e = [math.exp(s - shift) for s in scores]
    return [x / sum(e) for x in e]
