# style: recursion over the keys
def attention_scores(query, keys):
    if len(keys) == 0:
        return []
    first = dot(keys[0], query) / len(query) ** 0.5
    return [first, *attention_scores(query, keys[1:])]
