# style: adds up over the letters before the outer product; tuples; sparse rows; own dictionary
def backward(cache, probs, target, params, scale=EMBED_DIM**-0.5):
    c = cache
    d_logits = tuple(p - (i == target) for i, p in enumerate(probs))
    d2 = tuple(mat_t_vec(params["W_out"], d_logits))
    gate = tuple(float(h > 0) for h in c["hidden"])
    dh = tuple(g * d for g, d in zip(gate, mat_t_vec(params["W2"], d2)))
    d1 = tuple(map(sum, zip(d2, mat_t_vec(params["W1"], dh))))
    dw = mat_vec(c["values"], d1)
    ds = [scale * w * sum(v * (a - b) for v, b in zip(c["weights"], dw)) for w, a in zip(c["weights"], dw)]
    dq = mat_t_vec(c["keys"], ds)
    through_key = mat_t_vec(params["Wk"], c["query"])
    through_value = mat_t_vec(params["Wv"], d1)
    dxs = [[s * k + w * v for k, v in zip(through_key, through_value)] for s, w in zip(ds, c["weights"])]
    dxs[-1] = [sum(four) for four in zip(dxs[-1], d1, mat_t_vec(params["Wq"], dq))]
    nothing = (0.0,) * EMBED_DIM
    places = {t: d for t, d in enumerate(dxs)}
    letters = {}
    for i, d in zip(c["ids"], dxs):
        letters[i] = vec_add(letters.get(i, nothing), d)
    return {
        "tok_emb": [letters.get(i, nothing) for i in range(VOCAB_SIZE)],
        "pos_emb": [places.get(t, nothing) for t in range(CONTEXT)],
        "Wq": outer(dq, c["xs"][-1]),
        "Wk": outer(c["query"], mat_t_vec(c["xs"], ds)),
        "Wv": outer(d1, mat_t_vec(c["xs"], c["weights"])),
        "W1": outer(dh, c["x1"]),
        "b1": dh,
        "W2": outer(d2, c["hidden"]),
        "b2": d2,
        "W_out": outer(d_logits, c["x2"]),
    }
