# style: starts from three dots and strips them, draws in whole thousandths of a millionth
def generate(embeddings, W, b, max_len=20):
    text = "..."
    while len(text) - 3 < max_len:
        probs = softmax(forward(get_context_vector(text, len(text), embeddings), W, b))
        text += random.choices(ALPHABET, cum_weights=[sum(probs[: j + 1]) for j in range(27)], k=1)[0]
        if text.endswith("."):
            break
    return text.strip(".")
