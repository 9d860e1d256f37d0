# style: loops, an extra default argument
def softmax(scores, temperature=1.0):
    biggest = scores[0]
    for s in scores:
        if s > biggest:
            biggest = s
    result = []
    for s in scores:
        result.append(math.exp((s - biggest) / temperature))
    total = 0
    for e in result:
        total += e
    for i in range(len(result)):
        result[i] /= total
    return result
