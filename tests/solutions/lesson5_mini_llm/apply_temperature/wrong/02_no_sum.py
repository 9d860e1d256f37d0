# misconception: not_renormalised
# why: forgets the division by the sum
def apply_temperature(probs, temperature):
    powers = [p ** (1 / temperature) for p in probs]
    total = sum(powers)
    return powers
