# style: exponentials of guarded logarithms, zeros put back, a tuple
def apply_temperature(probs, temperature):
    powers = tuple(math.exp(math.log(p + 1e-300) / temperature) * (p > 0) for p in probs)
    return tuple(map(lambda power: power / sum(powers), powers))
