# misconception: greedy
# why: takes the likeliest letter
def generate(embeddings, W, b, max_len=20):
    text = "."
    for _ in range(max_len):
        context = get_context_vector(text, len(text), embeddings)
        probs = softmax(forward(context, W, b))
        letter = ALPHABET[probs.index(max(probs))]
        if letter == ".":
            break
        text += letter
    return text[1:]
