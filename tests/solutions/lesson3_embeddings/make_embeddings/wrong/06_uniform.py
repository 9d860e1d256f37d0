# misconception: uniform
# why: uniform numbers between -std and std
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(random.uniform(-std, std))
        embeddings.append(row)
    return embeddings
