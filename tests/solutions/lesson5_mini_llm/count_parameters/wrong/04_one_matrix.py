# misconception: one_attention_matrix
# why: counts one attention matrix of three
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    embeddings = vocab_size * embed_dim + context * embed_dim
    attention = embed_dim * embed_dim
    mlp = hidden_dim * embed_dim + hidden_dim + embed_dim * hidden_dim + embed_dim
    projection = vocab_size * embed_dim
    return embeddings + attention + mlp + projection
