# misconception: list_of_lists
# why: append for extend
def get_context_vector(word, position, embeddings):
    context = []
    for place in range(position - CONTEXT_SIZE, position):
        letter = word[place] if place >= 0 else "."
        context.append(list(embeddings[char_to_id[letter]]))
    return context
