# misconception: position_ignored
# why: always the first three characters
def get_context_vector(word, position, embeddings):
    context = []
    for letter in word[:CONTEXT_SIZE]:
        context += embeddings[char_to_id[letter]]
    return context
