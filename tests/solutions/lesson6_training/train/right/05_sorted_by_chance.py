# style: an order drawn by sorting on random numbers; a generator inside
def train(words, params, epochs, lr):
    def losses_of(word):
        ids = [char_to_id[c] for c in f".{word}."]
        start = 0
        for here, following in enumerate(ids[1:]):
            start = max(0, here + 1 - CONTEXT)
            probs, cache = forward_with_cache(ids[start:here + 1], params)
            slopes = backward(cache, probs, following, params)
            yield -math.log(probs[following])
            sgd_update(params, slopes, lr)

    history = []
    while len(history) < epochs:
        losses = []
        for word in sorted(words, key=lambda _: random.random()):
            losses.extend(losses_of(word))
        history.append(math.fsum(losses) / len(losses))
    return history
