# misconception: one_letter_behind
# why: the position is that of the last letter
def generate(embeddings, W, b, max_len=20):
    text = "."
    for _ in range(max_len):
        context = get_context_vector(text, len(text) - 1, embeddings)
        probs = softmax(forward(context, W, b))
        letter = random.choices(ALPHABET, weights=probs)[0]
        if letter == ".":
            break
        text += letter
    return text[1:]
