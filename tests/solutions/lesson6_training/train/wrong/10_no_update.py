# misconception: never_updated
# why: computes the gradients and leaves them there
def train(words, params, epochs, lr):
    history = []
    for epoch in range(epochs):
        order = list(words)
        random.shuffle(order)
        losses = []
        for word in order:
            ids = [char_to_id[letter] for letter in "." + word + "."]
            for end in range(1, len(ids)):
                context = ids[:end][-CONTEXT:]
                probs, cache = forward_with_cache(context, params)
                losses.append(-math.log(probs[ids[end]]))
                grads = backward(cache, probs, ids[end], params)
        history.append(sum(losses) / len(losses))
    return history
