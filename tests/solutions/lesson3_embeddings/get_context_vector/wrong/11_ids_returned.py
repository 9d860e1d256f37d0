# misconception: ids_returned
# why: numbers of the letters
def get_context_vector(word, position, embeddings):
    context = []
    for place in range(position - CONTEXT_SIZE, position):
        letter = word[place] if place >= 0 else "."
        context.append(char_to_id[letter])
    return context
