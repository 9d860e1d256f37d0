# style: the losses in a list, enumerate over the targets
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for _ in range(epochs):
        losses = []
        for word in words:
            for i, letter in enumerate(word + "."):
                context = get_context_vector(f".{word}.", i + 1, embeddings)
                losses.append(sgd_step(context, char_to_id[letter], W, b, lr))
        history.append(sum(losses) / len(losses))
    return history
