# misconception: padding_on_the_right
# why: ljust for rjust
def get_context_vector(word, position, embeddings):
    window = word[max(0, position - CONTEXT_SIZE) : position].ljust(CONTEXT_SIZE, ".")
    return [x for letter in window for x in embeddings[char_to_id[letter]]]
