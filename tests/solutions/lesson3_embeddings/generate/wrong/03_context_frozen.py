# misconception: context_frozen
# why: the context is computed once, before the loop
def generate(embeddings, W, b, max_len=20):
    text = "."
    context = get_context_vector(text, len(text), embeddings)
    for _ in range(max_len):
        probs = softmax(forward(context, W, b))
        letter = random.choices(ALPHABET, weights=probs)[0]
        if letter == ".":
            break
        text += letter
    return text[1:]
