# misconception: one_too_early
# why: the range ends one earlier
def get_context_vector(word, position, embeddings):
    context = []
    for place in range(position - CONTEXT_SIZE - 1, position - 1):
        letter = word[place] if place >= 0 else "."
        context.extend(embeddings[char_to_id[letter]])
    return context
