# misconception: draws_once
# why: the draw stands before the loop
def generate(embeddings, W, b, max_len=20):
    text = "."
    context = get_context_vector(text, len(text), embeddings)
    probs = softmax(forward(context, W, b))
    letter = random.choices(ALPHABET, weights=probs)[0]
    for _ in range(max_len):
        if letter == ".":
            break
        text += letter
    return text[1:]
