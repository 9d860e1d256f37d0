# misconception: arguments_ignored
# why: computes with the lesson's constants
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    embeddings = VOCAB_SIZE * EMBED_DIM + CONTEXT * EMBED_DIM
    attention = 3 * EMBED_DIM * EMBED_DIM
    mlp = HIDDEN_DIM * EMBED_DIM + HIDDEN_DIM + EMBED_DIM * HIDDEN_DIM + EMBED_DIM
    return embeddings + attention + mlp + VOCAB_SIZE * EMBED_DIM
