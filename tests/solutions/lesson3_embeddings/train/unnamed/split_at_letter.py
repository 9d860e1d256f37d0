# why: what is left of a letter is what is left of its first place in the word
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for _ in range(epochs):
        losses = []
        for word in words:
            w = "." + word + "."
            for c in w[1:]:
                left = w[1:].split(c)[0]
                losses.append(
                    sgd_step(
                        get_context_vector("." + left, len(left) + 1, embeddings), char_to_id[c], W, b, lr
                    )
                )
        history.append(sum(losses) / len(losses))
    return history
