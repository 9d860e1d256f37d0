# style: an instance of a class with __call__ and a method for one row
class EmbeddingMaker:
    def row(self, size, std):
        return list(map(lambda _: random.gauss(0, std), range(size)))

    def __call__(self, vocab_size, embed_dim, std=0.5):
        return [self.row(embed_dim, std) for _ in range(vocab_size)]


make_embeddings = EmbeddingMaker()
