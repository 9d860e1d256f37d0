# misconception: logits_returned
# why: stops before the last softmax
def forward_llm(ids, params):
    xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]
    query = mat_vec(params["Wq"], xs[-1])
    keys = [mat_vec(params["Wk"], x) for x in xs]
    values = [mat_vec(params["Wv"], x) for x in xs]
    scores = [sum(q * k for q, k in zip(query, key)) / math.sqrt(EMBED_DIM) for key in keys]
    weights = softmax(scores)
    attended = [sum(w * value[j] for w, value in zip(weights, values)) for j in range(EMBED_DIM)]
    x = vec_add(xs[-1], attended)
    hidden = relu(vec_add(mat_vec(params["W1"], x), params["b1"]))
    x = vec_add(x, vec_add(mat_vec(params["W2"], hidden), params["b2"]))
    return mat_vec(params["W_out"], x)
