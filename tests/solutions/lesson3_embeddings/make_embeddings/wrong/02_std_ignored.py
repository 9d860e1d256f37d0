# misconception: std_ignored
# why: 0.5 is written where std should stand
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(random.gauss(0, 0.5))
        embeddings.append(row)
    return embeddings
