# misconception: nothing_returned
# why: keeps the result for itself
def softmax(scores):
    largest = max(scores)
    exps = [math.exp(score - largest) for score in scores]
    total = sum(exps)
    probs = [e / total for e in exps]
