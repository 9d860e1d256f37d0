# style: an extra argument with a default, type hints, a float for an int
def count_parameters(vocab_size: int, embed_dim: int, context: int, hidden_dim: int, heads: int = 1) -> float:
    head_dim = embed_dim / heads
    attention = heads * 3 * head_dim * embed_dim
    mlp = (embed_dim + 1) * hidden_dim + (hidden_dim + 1) * embed_dim
    return attention + mlp + (vocab_size + context + vocab_size) * embed_dim
