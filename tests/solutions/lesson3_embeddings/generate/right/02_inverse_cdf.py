# style: one uniform number, probabilities added up until it is passed
def draw(probs):
    r = random.random() * sum(probs)
    for j, p in enumerate(probs):
        r -= p
        if r < 0:
            return id_to_char[j]
    return id_to_char[max(range(len(probs)), key=probs.__getitem__)]


def generate(embeddings, W, b, max_len=20):
    name = ""
    while len(name) < max_len:
        letter = draw(softmax(forward(get_context_vector("." + name, len(name) + 1, embeddings), W, b)))
        if letter == ".":
            return name
        name = name + letter
    return name
