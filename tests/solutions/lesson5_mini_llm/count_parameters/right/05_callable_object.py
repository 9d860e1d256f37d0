# style: an instance with __call__ and a total that grows
class Counter:
    def __init__(self):
        self.total = 0

    def matrix(self, rows, columns, times=1):
        self.total += rows * columns * times

    def vector(self, size):
        self.matrix(size, 1)

    def __call__(self, vocab_size, embed_dim, context, hidden_dim):
        self.total = 0
        self.matrix(vocab_size, embed_dim, times=2)
        self.matrix(context, embed_dim)
        self.matrix(embed_dim, embed_dim, times=3)
        self.matrix(embed_dim, hidden_dim, times=2)
        self.vector(hidden_dim)
        self.vector(embed_dim)
        return self.total


count_parameters = Counter()
