# style: walks back from position and puts each row in front
def get_context_vector(word, position, embeddings, size=CONTEXT_SIZE):
    context = []
    for back in range(1, size + 1):
        place = position - back
        if place < 0:
            row = embeddings[char_to_id["."]]
        else:
            row = embeddings[char_to_id[word[place]]]
        context = list(row) + context
    return context
