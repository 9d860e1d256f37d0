# style: softmax of logarithms, minus infinity for zero
def apply_temperature(probs, temperature):
    return softmax([math.log(p) / temperature if p > 0 else float("-inf") for p in probs])
