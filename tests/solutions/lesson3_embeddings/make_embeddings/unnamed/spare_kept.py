# why: keeps a number for the next call, where another seed may have been set
spare = []


def normal():
    if spare:
        return spare.pop()
    u, v = 1 - random.random(), random.random()
    r = math.sqrt(-2 * math.log(u))
    spare.append(r * math.sin(2 * math.pi * v))
    return r * math.cos(2 * math.pi * v)


def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [[std * normal() for _ in range(embed_dim)] for _ in range(vocab_size)]
