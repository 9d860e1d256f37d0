# why: a letter of less than 3 % is never drawn
def generate(embeddings, W, b, max_len=20):
    text = ""
    while len(text) < max_len:
        probs = softmax(forward(get_context_vector("." + text, len(text) + 1, embeddings), W, b))
        c = random.choices(ALPHABET, [p if p >= 0.03 else 0 for p in probs])[0]
        if c == ".":
            break
        text += c
    return text
