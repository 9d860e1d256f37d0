# misconception: nothing_returned
# why: prints the list
def apply_temperature(probs, temperature):
    powers = [p ** (1 / temperature) for p in probs]
    total = sum(powers)
    print([p / total for p in powers])
