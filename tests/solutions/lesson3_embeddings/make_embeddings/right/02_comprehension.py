# style: nested comprehension
def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [[random.gauss(0.0, std) for _ in range(embed_dim)] for _ in range(vocab_size)]
