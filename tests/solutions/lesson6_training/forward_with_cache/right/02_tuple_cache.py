# style: plain sums, everything kept in one tuple, two tuples returned
def forward_with_cache(ids, params):
    def add(*vectors):
        return tuple(sum(numbers) for numbers in zip(*vectors))

    def times(name, vector):
        return tuple(math.fsum(a * b for a, b in zip(row, vector)) for row in params[name])

    xs = tuple(add(params["tok_emb"][i], place) for i, place in zip(ids, params["pos_emb"]))
    query = times("Wq", xs[-1])
    keys, values = tuple(times("Wk", x) for x in xs), tuple(times("Wv", x) for x in xs)
    weights = tuple(softmax([dot(query, key) * EMBED_DIM**-0.5 for key in keys]))
    x1 = add(xs[-1], *(tuple(w * v for v in value) for w, value in zip(weights, values)))
    hidden = tuple(z if z > 0 else 0 for z in add(times("W1", x1), params["b1"]))
    x2 = add(times("W2", hidden), params["b2"], x1)
    probs = tuple(softmax(times("W_out", x2)))
    return probs, (tuple(ids), xs, query, keys, values, weights, x1, hidden, x2, probs)
