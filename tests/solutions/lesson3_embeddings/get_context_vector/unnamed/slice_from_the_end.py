# why: counts from the end, where -0 is 0
def get_context_vector(word, position, embeddings):
    back = len(word) - position
    window = ("..." + word)[-back - 3 : -back]
    out = []
    for c in window:
        out += embeddings[char_to_id[c]]
    return out
