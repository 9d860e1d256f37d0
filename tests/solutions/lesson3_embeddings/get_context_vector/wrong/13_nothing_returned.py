# misconception: nothing_returned
# why: prints
def get_context_vector(word, position, embeddings):
    context = []
    for place in range(position - CONTEXT_SIZE, position):
        letter = word[place] if place >= 0 else "."
        context.extend(embeddings[char_to_id[letter]])
    print(context)
