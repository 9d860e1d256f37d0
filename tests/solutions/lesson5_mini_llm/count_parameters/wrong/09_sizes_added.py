# misconception: sizes_added
# why: adds rows and columns instead of multiplying
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    embeddings = (vocab_size + embed_dim) + (context + embed_dim)
    attention = 3 * (embed_dim + embed_dim)
    mlp = (hidden_dim + embed_dim) + hidden_dim + (embed_dim + hidden_dim) + embed_dim
    return embeddings + attention + mlp + (vocab_size + embed_dim)
