# misconception: one_epoch
# why: return inside the loop
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for epoch in range(epochs):
        total = 0.0
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
