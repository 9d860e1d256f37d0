# misconception: zeros_revived
# why: guards the logarithm and forgets the zeros
def apply_temperature(probs, temperature):
    return softmax([math.log(p + 1e-10) / temperature for p in probs])
