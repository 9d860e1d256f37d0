# style: recursion, an extra default argument
def generate(embeddings, W, b, max_len=20, start="."):
    if max_len == 0:
        return ""
    probs = softmax(forward(get_context_vector(start, len(start), embeddings), W, b))
    (letter,) = random.choices(range(len(probs)), probs)
    if letter == 0:
        return ""
    return ALPHABET[letter] + generate(embeddings, W, b, max_len - 1, start + ALPHABET[letter])
