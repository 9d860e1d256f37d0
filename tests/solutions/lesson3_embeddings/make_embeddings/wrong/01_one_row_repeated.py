# misconception: one_row_repeated
# why: one row is drawn, then repeated
def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [[random.gauss(0, std) for _ in range(embed_dim)]] * vocab_size
