# style: random.normalvariate, rows are tuples in a tuple, an extra default argument
def make_embeddings(vocab_size, embed_dim, std=0.5, mean=0.0):
    return tuple(tuple(random.normalvariate(mean, std) for _ in range(embed_dim)) for _ in range(vocab_size))
