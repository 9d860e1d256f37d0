# style: the largest of the scores plus Gumbel noise; no softmax
def generate(embeddings, W, b, max_len=20):
    letters = []
    while len(letters) < max_len:
        word = "." + "".join(letters)
        scores = forward(get_context_vector(word, len(word), embeddings), W, b)
        noisy = [s - math.log(-math.log(random.random() or 1e-300)) for s in scores]
        j = noisy.index(max(noisy))
        if j == 0:
            break
        letters.append(ALPHABET[j])
    return "".join(letters)
