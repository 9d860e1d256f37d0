# misconception: std_is_one
# why: a unit normal law, std is not used
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(random.gauss(0, 1))
        embeddings.append(row)
    return embeddings
