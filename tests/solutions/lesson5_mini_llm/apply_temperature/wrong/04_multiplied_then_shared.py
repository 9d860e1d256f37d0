# misconception: divided_not_raised
# why: multiplies by T and renormalises
def apply_temperature(probs, temperature):
    powers = [p * temperature for p in probs]
    total = sum(powers)
    return [p / total for p in powers]
