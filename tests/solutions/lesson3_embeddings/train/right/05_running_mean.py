# style: a mean kept up to date; the word grows letter by letter
def train(words, embeddings, W, b, epochs, lr):
    history = [0.0] * epochs
    for epoch in range(epochs):
        seen = 0
        for word in words:
            text = "."
            for letter in list(word) + ["."]:
                loss = sgd_step(get_context_vector(text, len(text), embeddings), char_to_id[letter], W, b, lr)
                seen += 1
                history[epoch] += (loss - history[epoch]) / seen
                text += letter
    return history
