# style: sum of tuples, rjust for the padding
def get_context_vector(word, position, embeddings):
    window = word[max(0, position - CONTEXT_SIZE) : position].rjust(CONTEXT_SIZE, ".")
    return sum((tuple(embeddings[ALPHABET.index(letter)]) for letter in window), ())
