# style: one pass over the letters with a running softmax; an extra default argument
def forward_llm(ids, params, scale=1 / math.sqrt(EMBED_DIM)):
    last = vec_add(params["tok_emb"][ids[-1]], params["pos_emb"][len(ids) - 1])
    query = mat_vec(params["Wq"], last)
    top, total, mixed = float("-inf"), 0.0, [0.0] * EMBED_DIM
    t = 0
    while t < len(ids):
        x = vec_add(params["tok_emb"][ids[t]], params["pos_emb"][t])
        score = scale * sum(q * k for q, k in zip(query, mat_vec(params["Wk"], x)))
        new_top = max(top, score)
        fade, gain = math.exp(top - new_top), math.exp(score - new_top)
        value = mat_vec(params["Wv"], x)
        mixed = [fade * m + gain * v for m, v in zip(mixed, value)]
        total = fade * total + gain
        top = new_top
        t += 1
    x = [a + m / total for a, m in zip(last, mixed)]
    inner = [z if z > 0 else 0 for z in vec_add(mat_vec(params["W1"], x), params["b1"])]
    x = [sum(three) for three in zip(x, mat_vec(params["W2"], inner), params["b2"])]
    return softmax(mat_vec(params["W_out"], x))
