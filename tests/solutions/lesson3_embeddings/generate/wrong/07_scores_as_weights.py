# misconception: scores_as_weights
# why: scores for probabilities
def generate(embeddings, W, b, max_len=20):
    text = "."
    for _ in range(max_len):
        context = get_context_vector(text, len(text), embeddings)
        probs = [max(0.0, s) for s in forward(context, W, b)]
        letter = random.choices(ALPHABET, weights=probs)[0]
        if letter == ".":
            break
        text += letter
    return text[1:]
