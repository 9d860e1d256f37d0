# misconception: always_squared
# why: copies the example of T = 0.5
def apply_temperature(probs, temperature):
    powers = [p**2 for p in probs]
    total = sum(powers)
    return [p / total for p in powers]
