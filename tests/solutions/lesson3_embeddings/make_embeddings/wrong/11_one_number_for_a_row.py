# misconception: one_number_for_a_row
# why: draws once for each row
def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [[random.gauss(0, std)] * embed_dim for _ in range(vocab_size)]
