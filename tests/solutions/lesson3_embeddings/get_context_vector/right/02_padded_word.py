# style: dots put before the word, then a slice
def get_context_vector(word, position, embeddings):
    padded = "." * CONTEXT_SIZE + word
    window = padded[position : position + CONTEXT_SIZE]
    return [x for letter in window for x in embeddings[char_to_id[letter]]]
