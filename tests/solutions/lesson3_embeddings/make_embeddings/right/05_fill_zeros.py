# style: a table of zeros, filled in afterwards; unit numbers scaled by std
def make_embeddings(vocab_size, embed_dim, std=0.5):
    table = [[0] * embed_dim for _ in range(vocab_size)]
    for i in range(vocab_size):
        for k in range(embed_dim):
            table[i][k] = random.gauss(0, 1) * std
    return table
