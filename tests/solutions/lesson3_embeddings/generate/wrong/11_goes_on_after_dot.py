# misconception: goes_on_after_dot
# why: no break at the dot
def generate(embeddings, W, b, max_len=20):
    text = "."
    for _ in range(max_len):
        context = get_context_vector(text, len(text), embeddings)
        probs = softmax(forward(context, W, b))
        text += random.choices(ALPHABET, weights=probs)[0]
    return text.replace(".", "")
