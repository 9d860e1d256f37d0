# misconception: sign_reversed
# why: exp(-score)
def softmax(scores):
    largest = min(scores)
    exps = [math.exp(largest - score) for score in scores]
    total = sum(exps)
    return [e / total for e in exps]
