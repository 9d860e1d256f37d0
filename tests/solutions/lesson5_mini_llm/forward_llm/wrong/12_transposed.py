# misconception: attention_transposed
# why: multiplies vector times matrix
def forward_llm(ids, params):
    xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]
    def vec_mat(matrix, vector):
        return [sum(row[j] * v for row, v in zip(matrix, vector)) for j in range(len(matrix[0]))]

    query = vec_mat(params["Wq"], xs[-1])
    keys = [vec_mat(params["Wk"], x) for x in xs]
    values = [vec_mat(params["Wv"], x) for x in xs]
    scores = [sum(q * k for q, k in zip(query, key)) / math.sqrt(EMBED_DIM) for key in keys]
    weights = softmax(scores)
    attended = [sum(w * value[j] for w, value in zip(weights, values)) for j in range(EMBED_DIM)]
    x = vec_add(xs[-1], attended)
    hidden = relu(vec_add(mat_vec(params["W1"], x), params["b1"]))
    x = vec_add(x, vec_add(mat_vec(params["W2"], hidden), params["b2"]))
    return softmax(mat_vec(params["W_out"], x))
