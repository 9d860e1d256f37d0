# misconception: words_wrapped
# why: puts the dots into the list that it was given
def train(words, embeddings, W, b, epochs, lr):
    for i in range(len(words)):
        words[i] = "." + words[i] + "."
    history = []
    for epoch in range(epochs):
        total = 0.0
        count = 0
        for word in words:
            for position in range(1, len(word)):
                context = get_context_vector(word, position, embeddings)
                target = char_to_id[word[position]]
                total += sgd_step(context, target, W, b, lr)
                count += 1
        history.append(total / count)
    return history
