# style: one formula, simplified on paper
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    return embed_dim * (2 * vocab_size + context + 3 * embed_dim + 2 * hidden_dim + 1) + hidden_dim
