# misconception: padding_missing
# why: a slice without padding
def get_context_vector(word, position, embeddings):
    context = []
    for letter in word[max(0, position - CONTEXT_SIZE) : position]:
        context += embeddings[char_to_id[letter]]
    return context
