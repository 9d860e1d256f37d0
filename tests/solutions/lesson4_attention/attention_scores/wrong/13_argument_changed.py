# misconception: argument_changed
# why: divides the query itself, once, before the loop
def attention_scores(query, keys):
    root = math.sqrt(len(query))
    for i in range(len(query)):
        query[i] /= root
    return [dot(query, key) for key in keys]
