# misconception: divided_only
# why: divides by T and nothing else
def apply_temperature(probs, temperature):
    powers = [p / temperature for p in probs]
    total = sum(powers)
    return powers
