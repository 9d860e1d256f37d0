# style: recursion over the window
def get_context_vector(word, position, embeddings, left=None):
    left = CONTEXT_SIZE if left is None else left
    if left == 0:
        return []
    before = get_context_vector(word, position - 1, embeddings, left - 1)
    letter = word[position - 1] if position >= 1 else "."
    return before + [*embeddings[char_to_id[letter]]]
