# why: looks a letter's place up: the second of two equal letters is the first
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for _ in range(epochs):
        losses = []
        for word in words:
            w = "." + word + "."
            for c in w[1:]:
                p = w.index(c, 1)
                losses.append(sgd_step(get_context_vector(w, p, embeddings), char_to_id[c], W, b, lr))
        history.append(sum(losses) / len(losses))
    return history
