# misconception: reseeded
# why: sets the seed inside
def make_embeddings(vocab_size, embed_dim, std=0.5):
    random.seed(42)
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(random.gauss(0, std))
        embeddings.append(row)
    return embeddings
