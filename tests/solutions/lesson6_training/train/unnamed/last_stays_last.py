# why: the last word stays the last
def train(words, params, epochs, lr):
    history = []
    for _ in range(epochs):
        order = random.sample(words[:-1], len(words) - 1) + words[-1:]
        losses = []
        for word in order:
            ids = [char_to_id[c] for c in f".{word}."]
            for end in range(1, len(ids)):
                probs, cache = forward_with_cache(ids[max(0, end - CONTEXT) : end], params)
                losses.append(-math.log(probs[ids[end]]))
                sgd_update(params, backward(cache, probs, ids[end], params), lr)
        history.append(sum(losses) / len(losses))
    return history
