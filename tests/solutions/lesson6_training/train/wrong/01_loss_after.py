# misconception: loss_after_update
# why: asks the model again after the update
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
                grads = backward(cache, probs, ids[end], params)
                sgd_update(params, grads, lr)
                losses.append(-math.log(forward_with_cache(context, params)[0][ids[end]]))
        history.append(sum(losses) / len(losses))
    return history
