# style: the normal law made by hand from random.random (Box and Muller)
def make_embeddings(vocab_size, embed_dim, std=0.5):
    def draw():
        radius = math.sqrt(-2 * math.log(1 - random.random()))
        return std * radius * math.cos(2 * math.pi * random.random())

    return [[draw() for _ in range(embed_dim)] for _ in range(vocab_size)]
