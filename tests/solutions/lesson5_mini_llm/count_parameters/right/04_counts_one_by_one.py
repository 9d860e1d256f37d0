# style: builds the lists and counts what is in them, by recursion
def count_numbers(thing):
    if isinstance(thing, list):
        return sum(count_numbers(part) for part in thing)
    return 1


def count_parameters(vocab_size, embed_dim, context, hidden_dim):
    def matrix(rows, columns):
        return [[0.0] * columns for _ in range(rows)]

    machine = [matrix(vocab_size, embed_dim), matrix(context, embed_dim)]
    machine += [matrix(embed_dim, embed_dim) for _ in range(3)]
    machine += [matrix(hidden_dim, embed_dim), [0.0] * hidden_dim]
    machine += [matrix(embed_dim, hidden_dim), [0.0] * embed_dim, matrix(vocab_size, embed_dim)]
    return count_numbers(machine)
