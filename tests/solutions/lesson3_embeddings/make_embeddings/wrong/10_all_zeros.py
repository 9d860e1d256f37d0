# misconception: all_zeros
# why: forgets to draw
def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [[0.0] * embed_dim for _ in range(vocab_size)]
