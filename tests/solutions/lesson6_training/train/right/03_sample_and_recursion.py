# style: random.sample for the order, one epoch a call, tuples and a sum of logarithms
def train(words, params, epochs, lr, verbose=False):
    if epochs == 0:
        return []
    texts = ["." + word + "." for word in random.sample(words, len(words))]
    riddles = tuple(
        (tuple(map(char_to_id.get, text[max(0, k - CONTEXT):k])), char_to_id[text[k]])
        for text in texts
        for k in range(1, len(text))
    )
    surprise = 0.0
    for seen, target in riddles:
        probs, cache = forward_with_cache(seen, params)
        surprise += math.log(1 / probs[target])
        sgd_update(params, backward(cache, probs, target, params), lr)
    if verbose:
        print(surprise / len(riddles))
    return [surprise / len(riddles)] + train(words, params, epochs - 1, lr, verbose)
