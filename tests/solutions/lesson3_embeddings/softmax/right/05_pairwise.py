# style: each probability is 1 over the sum of exp of the gaps
def softmax(scores):
    def gap(x):
        return math.exp(x) if x < 700 else float("inf")

    return [1 / sum(gap(other - s) for other in scores) for s in scores]
