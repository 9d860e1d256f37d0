# misconception: not_divided
# why: the division is missing
def softmax(scores):
    largest = max(scores)
    exps = [math.exp(score - largest) for score in scores]
    total = sum(exps)
    return exps
