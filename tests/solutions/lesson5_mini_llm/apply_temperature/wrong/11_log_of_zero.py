# misconception: zero_crashes
# why: takes the logarithm of zero
def apply_temperature(probs, temperature):
    return softmax([math.log(p) / temperature for p in probs])
