# misconception: uniform
# why: the weights are not given
def generate(embeddings, W, b, max_len=20):
    text = "."
    for _ in range(max_len):
        context = get_context_vector(text, len(text), embeddings)
        probs = softmax(forward(context, W, b))
        letter = random.choice(ALPHABET)
        if letter == ".":
            break
        text += letter
    return text[1:]
