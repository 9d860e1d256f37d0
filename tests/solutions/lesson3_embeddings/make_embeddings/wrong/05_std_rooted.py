# misconception: std_rooted
# why: takes std for a variance
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(random.gauss(0, math.sqrt(std)))
        embeddings.append(row)
    return embeddings
