# misconception: argument_changed
# why: writes into the list of scores
def softmax(scores):
    largest = max(scores)
    for i in range(len(scores)):
        scores[i] = math.exp(scores[i] - largest)
    total = sum(scores)
    return [e / total for e in scores]
