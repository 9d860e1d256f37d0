# style: every position asks, under the causal mask; the last row is the answer
def forward_llm(ids, params):
    xs = [vec_add(params["tok_emb"][i], place) for i, place in zip(ids, params["pos_emb"])]
    queries, keys, values = ([mat_vec(params[name], x) for x in xs] for name in ("Wq", "Wk", "Wv"))
    answers = []
    for row, query in enumerate(queries):
        scores = [
            sum(map(lambda a, b: a * b, query, key)) / EMBED_DIM**0.5 if column <= row else float("-inf")
            for column, key in enumerate(keys)
        ]
        weights = softmax(scores)
        mixed = [sum(w * v for w, v in zip(weights, column)) for column in zip(*values)]
        x = vec_add(xs[row], mixed)
        inner = relu(vec_add(params["b1"], mat_vec(params["W1"], x)))
        x = vec_add(vec_add(params["b2"], mat_vec(params["W2"], inner)), x)
        answers.append(softmax(mat_vec(params["W_out"], x)))
    return answers[-1]
