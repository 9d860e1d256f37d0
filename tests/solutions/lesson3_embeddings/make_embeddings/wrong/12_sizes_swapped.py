# misconception: sizes_swapped
# why: rows and columns swapped
def make_embeddings(vocab_size, embed_dim, std=0.5):
    rows, columns = embed_dim, vocab_size
    embeddings = []
    for _ in range(rows):
        row = []
        for _ in range(columns):
            row.append(random.gauss(0, std))
        embeddings.append(row)
    return embeddings
