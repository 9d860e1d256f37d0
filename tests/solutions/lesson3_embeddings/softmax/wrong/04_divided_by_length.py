# misconception: divided_by_length
# why: divided by the number of scores
def softmax(scores):
    largest = max(scores)
    exps = [math.exp(score - largest) for score in scores]
    total = len(exps)
    return [e / total for e in exps]
