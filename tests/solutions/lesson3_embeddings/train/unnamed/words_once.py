# why: a word that comes twice is learnt once
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for _ in range(epochs):
        losses = []
        for word in dict.fromkeys(words):
            w = "." + word + "."
            for p in range(1, len(w)):
                losses.append(sgd_step(get_context_vector(w, p, embeddings), char_to_id[w[p]], W, b, lr))
        history.append(sum(losses) / len(losses))
    return history
