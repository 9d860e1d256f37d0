# misconception: embeddings_grow
# why: starts from a row of the embeddings and lengthens it
def get_context_vector(word, position, embeddings):
    window = ("..." + word)[position : position + 3]
    context = embeddings[char_to_id[window[0]]]
    for letter in window[1:]:
        context += list(embeddings[char_to_id[letter]])
    return context
