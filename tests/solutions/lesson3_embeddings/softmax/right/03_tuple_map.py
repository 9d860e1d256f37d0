# style: map and a tuple
def softmax(scores):
    top = max(scores)
    exps = tuple(map(lambda s: math.exp(s - top), scores))
    return tuple(e / sum(exps) for e in exps)
