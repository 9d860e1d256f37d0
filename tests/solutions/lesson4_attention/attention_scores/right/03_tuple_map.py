# style: map, a tuple, the query divided first
def attention_scores(query, keys):
    scaled = [x / math.sqrt(len(query)) for x in query]
    return tuple(map(lambda key: dot(scaled, key), keys))
