# style: through the logarithm of the sum
def softmax(scores):
    top = max(scores)
    log_total = top + math.log(sum(math.exp(s - top) for s in scores))
    return [math.exp(s - log_total) for s in scores]
