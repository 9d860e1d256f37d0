# style: letters come from a Python generator; rejection sampling
def letters_of(embeddings, W, b):
    text = "."
    while True:
        probs = softmax(forward(get_context_vector(text, len(text), embeddings), W, b))
        while True:
            j = random.randrange(len(probs))
            if random.random() * max(probs) < probs[j]:
                break
        if j == 0:
            return
        yield ALPHABET[j]
        text += ALPHABET[j]


def generate(embeddings, W, b, max_len=20):
    name = ""
    if max_len < 1:
        return name
    for letter in letters_of(embeddings, W, b):
        name += letter
        if len(name) == max_len:
            break
    return name
