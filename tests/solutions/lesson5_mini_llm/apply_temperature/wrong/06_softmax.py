# misconception: softmax_of_probabilities
# why: uses softmax as if probabilities were scores
def apply_temperature(probs, temperature):
    return softmax([p / temperature for p in probs])
