# misconception: std_squared
# why: the variance is given for the standard deviation
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(random.gauss(0, std**2))
        embeddings.append(row)
    return embeddings
