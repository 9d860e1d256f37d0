# misconception: attention_transposed
# why: multiplies vector times matrix
def forward_with_cache(ids, params):
    xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]
    def vec_mat(matrix, vector):
        return [sum(row[j] * v for row, v in zip(matrix, vector)) for j in range(len(matrix[0]))]

    query = vec_mat(params["Wq"], xs[-1])
    keys = [vec_mat(params["Wk"], x) for x in xs]
    values = [vec_mat(params["Wv"], x) for x in xs]
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
