# misconception: no_exponential
# why: shares of the scores themselves
def softmax(scores):
    total = sum(scores)
    return [score / total for score in scores]
