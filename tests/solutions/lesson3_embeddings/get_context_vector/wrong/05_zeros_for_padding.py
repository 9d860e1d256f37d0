# misconception: zeros_for_padding
# why: zeros before the word
def get_context_vector(word, position, embeddings):
    context = []
    for place in range(position - CONTEXT_SIZE, position):
        if place >= 0:
            context += embeddings[char_to_id[word[place]]]
        else:
            context += [0.0] * len(embeddings[0])
    return context
