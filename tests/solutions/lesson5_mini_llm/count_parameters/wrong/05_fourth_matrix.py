# misconception: fourth_attention_matrix
# why: adds the output matrix that other models have
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    embeddings = vocab_size * embed_dim + context * embed_dim
    attention = 4 * embed_dim * embed_dim
    mlp = hidden_dim * embed_dim + hidden_dim + embed_dim * hidden_dim + embed_dim
    projection = vocab_size * embed_dim
    return embeddings + attention + mlp + projection
