# misconception: sum_never_reset
# why: the total is set before the epochs
def train(words, embeddings, W, b, epochs, lr):
    history = []
    total = 0.0
    for epoch in range(epochs):
        count = 0
        for word in words:
            wrapped = "." + word + "."
            for position in range(1, len(wrapped)):
                context = get_context_vector(wrapped, position, embeddings)
                target = char_to_id[wrapped[position]]
                total += sgd_step(context, target, W, b, lr)
                count += 1
        history.append(total / count)
    return history
