# misconception: copy_trained
# why: copies the parameters first
def train(words, params, epochs, lr):
    params = {
        name: [row[:] if isinstance(row, list) else row for row in value] for name, value in params.items()
    }
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
                sgd_update(params, grads, lr)
        history.append(sum(losses) / len(losses))
    return history
