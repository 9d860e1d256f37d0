# misconception: positive_only
# why: absolute values
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(abs(random.gauss(0, std)))
        embeddings.append(row)
    return embeddings
