# why: what lies beyond 2 std is moved to 2 std
def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [
        [max(-2 * std, min(2 * std, random.gauss(0, std))) for _ in range(embed_dim)]
        for _ in range(vocab_size)
    ]
