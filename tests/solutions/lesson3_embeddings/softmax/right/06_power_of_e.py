# style: math.e ** x, a copy shifted first
def softmax(scores):
    shifted = list(scores)
    shifted.sort()
    top = shifted[-1]
    weights = [math.e ** (x - top) for x in scores]
    return [w / math.fsum(weights) for w in weights]
