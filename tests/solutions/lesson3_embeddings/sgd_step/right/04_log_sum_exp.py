# style: the loss from the scores, helper functions
def cross_entropy(scores, target):
    top = max(scores)
    return top + math.log(sum(math.exp(s - top) for s in scores)) - scores[target]


def descend(numbers, slopes, lr):
    for k, slope in enumerate(slopes):
        numbers[k] += -lr * slope


def sgd_step(context, target, W, b, lr, momentum=0):
    scores = forward(context, W, b)
    truth = [int(j == target) for j in range(len(b))]
    slopes = [p - t for p, t in zip(softmax(scores), truth)]
    for x, row in zip(context, W):
        descend(row, [x * s for s in slopes], lr)
    descend(b, slopes, lr)
    return cross_entropy(scores, target)
