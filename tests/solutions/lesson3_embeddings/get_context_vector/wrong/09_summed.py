# misconception: summed
# why: adds the embeddings
def get_context_vector(word, position, embeddings):
    context = [0.0] * len(embeddings[0])
    for place in range(position - CONTEXT_SIZE, position):
        letter = word[place] if place >= 0 else "."
        for k, x in enumerate(embeddings[char_to_id[letter]]):
            context[k] += x
    return context
