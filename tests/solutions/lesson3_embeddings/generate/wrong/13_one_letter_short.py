# misconception: one_letter_short
# why: the leading dot is counted
def generate(embeddings, W, b, max_len=20):
    text = "."
    while len(text) < max_len:
        context = get_context_vector(text, len(text), embeddings)
        probs = softmax(forward(context, W, b))
        letter = random.choices(ALPHABET, weights=probs)[0]
        if letter == ".":
            break
        text += letter
    return text[1:]
