# misconception: sigmoid
# why: a sigmoid of each score
def softmax(scores):
    return [1 / (1 + math.exp(-s)) if s > 0 else math.exp(s) / (1 + math.exp(s)) for s in scores]
