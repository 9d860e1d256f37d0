# misconception: arguments_swapped
# why: mean and standard deviation swapped
def make_embeddings(vocab_size, embed_dim, std=0.5):
    embeddings = []
    for _ in range(vocab_size):
        row = []
        for _ in range(embed_dim):
            row.append(random.gauss(std, 0))
        embeddings.append(row)
    return embeddings
