# misconception: last_letter_only
# why: the text is replaced
def generate(embeddings, W, b, max_len=20):
    name = ""
    text = "."
    for _ in range(max_len):
        context = get_context_vector(text, len(text), embeddings)
        probs = softmax(forward(context, W, b))
        text = random.choices(ALPHABET, weights=probs)[0]
        if text == ".":
            break
        name += text
    return name
