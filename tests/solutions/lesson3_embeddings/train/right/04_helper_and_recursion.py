# style: one epoch in a function, recursion over the epochs
def one_epoch(words, embeddings, W, b, lr):
    for word in words:
        wrapped = f".{word}."
        position = 1
        while position < len(wrapped):
            context = get_context_vector(wrapped, position, embeddings)
            yield sgd_step(context, ALPHABET.index(wrapped[position]), W, b, lr)
            position += 1


def train(words, embeddings, W, b, epochs, lr):
    if epochs == 0:
        return []
    losses = list(one_epoch(words, embeddings, W, b, lr))
    return [sum(losses) / len(losses)] + train(words, embeddings, W, b, epochs - 1, lr)
