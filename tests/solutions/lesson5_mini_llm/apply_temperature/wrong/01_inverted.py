# misconception: power_inverted
# why: raises to the power T
def apply_temperature(probs, temperature):
    powers = [p ** temperature for p in probs]
    total = sum(powers)
    return [p / total for p in powers]
