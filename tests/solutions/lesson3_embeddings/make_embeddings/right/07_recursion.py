# style: recursion over the rows
def make_embeddings(vocab_size, embed_dim, std=0.5):
    if vocab_size == 0:
        return []
    row = [random.gauss(sigma=std, mu=0) for _ in range(embed_dim)]
    return [row] + make_embeddings(vocab_size - 1, embed_dim, std)
