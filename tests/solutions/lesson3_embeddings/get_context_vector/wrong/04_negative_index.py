# misconception: negative_index
# why: no condition for the beginning
def get_context_vector(word, position, embeddings):
    context = []
    for place in range(position - CONTEXT_SIZE, position):
        letter = word[place]
        context.extend(embeddings[char_to_id[letter]])
    return context
