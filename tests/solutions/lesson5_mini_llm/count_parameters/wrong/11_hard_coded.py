# misconception: arguments_ignored
# why: writes the number from the text
def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    return 2832
