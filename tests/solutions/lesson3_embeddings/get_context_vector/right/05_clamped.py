# style: a negative place is taken for place 0, the leading dot
def get_context_vector(word, position, embeddings):
    if not word.startswith("."):
        word, position = "." + word, position + 1
    places = [max(0, position - k) for k in range(CONTEXT_SIZE, 0, -1)]
    rows = [embeddings[char_to_id[word[place]]] for place in places]
    return [number for row in rows for number in row]
