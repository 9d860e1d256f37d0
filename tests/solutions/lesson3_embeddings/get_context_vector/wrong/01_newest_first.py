# misconception: newest_first
# why: the range goes backwards
def get_context_vector(word, position, embeddings):
    context = []
    for place in range(position - 1, position - CONTEXT_SIZE - 1, -1):
        letter = word[place] if place >= 0 else "."
        context.extend(embeddings[char_to_id[letter]])
    return context
