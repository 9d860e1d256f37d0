# misconception: mean_of_means
# why: a mean for each word first
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for epoch in range(epochs):
        means = []
        for word in words:
            wrapped = "." + word + "."
            losses = []
            for position in range(1, len(wrapped)):
                context = get_context_vector(wrapped, position, embeddings)
                losses.append(sgd_step(context, char_to_id[wrapped[position]], W, b, lr))
            means.append(sum(losses) / len(losses))
        history.append(sum(means) / len(means))
    return history
