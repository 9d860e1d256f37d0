# misconception: logarithms
# why: returns log softmax
def softmax(scores):
    largest = max(scores)
    log_total = math.log(sum(math.exp(score - largest) for score in scores))
    return [score - largest - log_total for score in scores]
