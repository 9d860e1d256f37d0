# style: a table of shapes and a product over each
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    shapes = [
        (vocab_size, embed_dim), (context, embed_dim),
        (embed_dim, embed_dim), (embed_dim, embed_dim), (embed_dim, embed_dim),
        (hidden_dim, embed_dim), (hidden_dim,), (embed_dim, hidden_dim), (embed_dim,),
        (vocab_size, embed_dim),
    ]
    return sum(math.prod(shape) for shape in shapes)
