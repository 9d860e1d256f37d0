# style: returns a list of two lists; helper functions
def times(weight, vector):
    return [weight * x for x in vector]


def plus(a, b):
    return [x + y for x, y in zip(a, b)]


def attention(query, keys, values, temperature=1.0):
    scores = [s / temperature for s in attention_scores(query, keys)]
    weights = softmax(scores)
    output = times(weights[0], values[0])
    for weight, value in zip(weights[1:], values[1:]):
        output = plus(output, times(weight, value))
    return [output, weights]
