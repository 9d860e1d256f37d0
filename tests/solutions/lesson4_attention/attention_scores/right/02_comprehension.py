# style: a comprehension, a power for the root
def attention_scores(query, keys):
    return [dot(query, key) * len(query) ** -0.5 for key in keys]
