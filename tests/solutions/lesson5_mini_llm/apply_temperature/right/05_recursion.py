# style: one letter after the other by recursion, the total handed down
def apply_temperature(probs, temperature, _total=None):
    if _total is None:
        _total = sum(math.pow(p, 1 / temperature) for p in probs)
    if not probs:
        return []
    return [math.pow(probs[0], 1 / temperature) / _total] + apply_temperature(probs[1:], temperature, _total)
