# why: reads the letter at the position, which may be one past the end
def get_context_vector(word, position, embeddings):
    target = word[position]
    out = []
    for place in range(position - 3, position):
        out.extend(embeddings[char_to_id[word[place] if place >= 0 else "."]])
    return out
