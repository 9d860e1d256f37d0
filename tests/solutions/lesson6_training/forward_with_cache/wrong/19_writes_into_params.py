# misconception: params_changed
# why: adds the position into the table itself
def forward_with_cache(ids, params):
    xs = []
    for t, i in enumerate(ids):
        x = params["tok_emb"][i]
        for j in range(EMBED_DIM):
            x[j] += params["pos_emb"][t][j]
        xs.append(x)
    query = mat_vec(params["Wq"], xs[-1])
    keys = [mat_vec(params["Wk"], x) for x in xs]
    values = [mat_vec(params["Wv"], x) for x in xs]
    scores = [dot(query, key) / math.sqrt(EMBED_DIM) for key in keys]
    weights = softmax(scores)
    attended = [sum(w * value[j] for w, value in zip(weights, values)) for j in range(EMBED_DIM)]
    x1 = vec_add(xs[-1], attended)
    hidden = relu(vec_add(mat_vec(params["W1"], x1), params["b1"]))
    x2 = vec_add(x1, vec_add(mat_vec(params["W2"], hidden), params["b2"]))
    probs = softmax(mat_vec(params["W_out"], x2))
    cache = {"ids": ids, "xs": xs, "query": query, "keys": keys, "values": values,
             "weights": weights, "x1": x1, "hidden": hidden, "x2": x2}
    return probs, cache
