# why: puts the letters in the order of their first place in the word
def get_context_vector(word, position, embeddings):
    out = []
    letters = ("..." + word)[position : position + 3]
    for c in sorted(letters, key=("..." + word).index):
        out += list(embeddings[char_to_id[c]])
    return out
