# style: powers and a sum, as the formula stands
def apply_temperature(probs, temperature):
    powers = [p ** (1 / temperature) for p in probs]
    total = sum(powers)
    return [p / total for p in powers]
