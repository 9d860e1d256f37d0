# misconception: divided_by_largest
# why: divides by the largest power
def apply_temperature(probs, temperature):
    powers = [p ** (1 / temperature) for p in probs]
    total = max(powers)
    return [p / total for p in powers]
