# misconception: softmax_twice
# why: softmax of softmax
def generate(embeddings, W, b, max_len=20):
    text = "."
    for _ in range(max_len):
        context = get_context_vector(text, len(text), embeddings)
        probs = softmax(softmax(forward(context, W, b)))
        letter = random.choices(ALPHABET, weights=probs)[0]
        if letter == ".":
            break
        text += letter
    return text[1:]
