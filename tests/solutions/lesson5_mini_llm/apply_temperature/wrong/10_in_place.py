# misconception: probs_changed
# why: writes into the list it was given
def apply_temperature(probs, temperature):
    for i in range(len(probs)):
        probs[i] = probs[i] ** (1 / temperature)
    total = sum(probs)
    for i in range(len(probs)):
        probs[i] = probs[i] / total
    return probs
