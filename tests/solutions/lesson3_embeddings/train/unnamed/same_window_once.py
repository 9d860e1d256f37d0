# why: learns each window once an epoch
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for _ in range(epochs):
        losses = []
        seen = set()
        for word in words:
            w = "." + word + "."
            for p in range(1, len(w)):
                key = (("..." + w)[p : p + 3], w[p])
                if key in seen:
                    continue
                seen.add(key)
                losses.append(sgd_step(get_context_vector(w, p, embeddings), char_to_id[w[p]], W, b, lr))
        history.append(sum(losses) / len(losses))
    return history
