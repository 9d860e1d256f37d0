# misconception: powers_of_two
# why: powers of 2
def softmax(scores):
    largest = max(scores)
    exps = [2 ** (score - largest) for score in scores]
    total = sum(exps)
    return [e / total for e in exps]
