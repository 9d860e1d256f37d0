# misconception: every_loss_returned
# why: returns the loss of every position
def train(words, params, epochs, lr):
    history = []
    for epoch in range(epochs):
        order = list(words)
        random.shuffle(order)
        for word in order:
            ids = [char_to_id[letter] for letter in "." + word + "."]
            for end in range(1, len(ids)):
                context = ids[:end][-CONTEXT:]
                probs, cache = forward_with_cache(context, params)
                history.append(-math.log(probs[ids[end]]))
                grads = backward(cache, probs, ids[end], params)
                sgd_update(params, grads, lr)
    return history
