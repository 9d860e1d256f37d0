# why: draws among the ten likeliest letters only
def generate(embeddings, W, b, max_len=20):
    text = ""
    while len(text) < max_len:
        p = softmax(forward(get_context_vector("." + text, len(text) + 1, embeddings), W, b))
        k = sorted(p)[-10]
        c = random.choices(ALPHABET, [q if q >= k else 0 for q in p])[0]
        if c == ".":
            break
        text += c

    return text
