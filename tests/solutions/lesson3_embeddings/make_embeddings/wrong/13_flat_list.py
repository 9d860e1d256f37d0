# misconception: flat_list
# why: numbers appended to one list
def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [random.gauss(0, std) for _ in range(vocab_size * embed_dim)]
