# why: what lies beyond 2 std is drawn again
def make_embeddings(vocab_size, embed_dim, std=0.5):
    def one():
        while True:
            x = random.gauss(0, std)
            if abs(x) <= 2 * std:
                return x

    return [[one() for _ in range(embed_dim)] for _ in range(vocab_size)]
