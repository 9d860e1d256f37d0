# style: each step of the way there leaves a function for the way back; the cache is a pile of them
def forward_with_cache(ids, params):
    back = []

    def linear(name, x):
        def way_back(grads, dy):
            for row, d in zip(grads[name], dy):
                for j, number in enumerate(x):
                    row[j] += d * number
            return mat_t_vec(params[name], dy)

        return mat_vec(params[name], x), way_back

    xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]
    query, query_back = linear("Wq", xs[-1])
    keys, keys_back = zip(*(linear("Wk", x) for x in xs))
    values, values_back = zip(*(linear("Wv", x) for x in xs))
    weights = softmax([dot(query, key) / math.sqrt(EMBED_DIM) for key in keys])
    x1 = vec_add(xs[-1], mat_t_vec(values, weights))

    def attention_back(grads, d):
        d_weights = mat_vec(values, d)
        mean = dot(weights, d_weights)
        d_scores = [w * (dw - mean) / math.sqrt(EMBED_DIM) for w, dw in zip(weights, d_weights)]
        d_xs = [
            vec_add(k_back(grads, [s * q for q in query]), v_back(grads, [w * n for n in d]))
            for s, w, k_back, v_back in zip(d_scores, weights, keys_back, values_back)
        ]
        d_xs[-1] = vec_add(d_xs[-1], vec_add(d, query_back(grads, mat_t_vec(keys, d_scores))))
        return d_xs

    before, first_back = linear("W1", x1)
    before = vec_add(before, params["b1"])
    after, second_back = linear("W2", relu(before))

    def mlp_back(grads, d):
        grads["b2"] = vec_add(grads["b2"], d)
        d_before = [n if b > 0 else 0.0 for n, b in zip(second_back(grads, d), before)]
        grads["b1"] = vec_add(grads["b1"], d_before)
        return vec_add(d, first_back(grads, d_before))

    logits, out_back = linear("W_out", vec_add(x1, vec_add(after, params["b2"])))
    back = [out_back, mlp_back, attention_back]
    return softmax(logits), (ids, back)


def backward(cache, probs, target, params):
    ids, back = cache
    grads = zeros_like(params)
    d = [p - 1.0 if i == target else p for i, p in enumerate(probs)]
    for way_back in back:
        d = way_back(grads, d)
    for t, i in enumerate(ids):
        grads["tok_emb"][i] = vec_add(grads["tok_emb"][i], d[t])
        grads["pos_emb"][t] = d[t]
    return grads
