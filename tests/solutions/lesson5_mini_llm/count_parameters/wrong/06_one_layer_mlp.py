# misconception: mlp_counted_once
# why: forgets the way back from 32 to 16
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    embeddings = vocab_size * embed_dim + context * embed_dim
    attention = 3 * embed_dim * embed_dim
    mlp = hidden_dim * embed_dim + hidden_dim + embed_dim
    projection = vocab_size * embed_dim
    return embeddings + attention + mlp + projection
