# misconception: uniform_from_zero
# why: random.random() times std
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(std * random.random())
        embeddings.append(row)
    return embeddings
