# misconception: mean_of_word_means
# why: a mean for each word, then the mean of these
def train(words, params, epochs, lr):
    history = []
    for epoch in range(epochs):
        order = list(words)
        random.shuffle(order)
        means = []
        for word in order:
            ids = [char_to_id[letter] for letter in "." + word + "."]
            losses = []
            for end in range(1, len(ids)):
                context = ids[:end][-CONTEXT:]
                probs, cache = forward_with_cache(context, params)
                losses.append(-math.log(probs[ids[end]]))
                grads = backward(cache, probs, ids[end], params)
                sgd_update(params, grads, lr)
            means.append(sum(losses) / len(losses))
        history.append(sum(means) / len(means))
    return history
