# misconception: divided_not_raised
# why: divides by T where a power is asked for, and renormalises
def apply_temperature(probs, temperature):
    powers = [p / temperature for p in probs]
    total = sum(powers)
    return [p / total for p in powers]
