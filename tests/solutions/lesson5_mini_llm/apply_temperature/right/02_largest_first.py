# style: divides by the largest before raising to a power
def apply_temperature(probs, temperature):
    top = max(probs)
    result = []
    for p in probs:
        result.append((p / top) ** (1.0 / temperature))
    total = math.fsum(result)
    for i in range(len(result)):
        result[i] /= total
    return result
