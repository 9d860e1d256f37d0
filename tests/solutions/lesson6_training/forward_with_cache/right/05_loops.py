# style: index loops, a list returned for the pair, an extra default argument
def forward_with_cache(ids, params, keep=True):
    xs = [[0.0] * 16 for _ in ids]
    for t in range(len(ids)):
        for j in range(16):
            xs[t][j] = params["tok_emb"][ids[t]][j] + params["pos_emb"][t][j]
    query = [sum(params["Wq"][i][j] * xs[-1][j] for j in range(16)) for i in range(16)]
    scores = []
    for x in xs:
        score = 0.0
        for i in range(16):
            score += query[i] * sum(params["Wk"][i][j] * x[j] for j in range(16))
        scores.append(score / 4.0)
    exps = [math.exp(s - max(scores)) for s in scores]
    x1 = list(xs[-1])
    for t in range(len(ids)):
        for i in range(16):
            x1[i] += exps[t] / sum(exps) * sum(params["Wv"][i][j] * xs[t][j] for j in range(16))
    x2 = [a + b for a, b in zip(x1, params["b2"])]
    for h in range(32):
        z = params["b1"][h] + sum(params["W1"][h][j] * x1[j] for j in range(16))
        for i in range(16):
            x2[i] += params["W2"][i][h] * max(z, 0)
    logits = [sum(row[j] * x2[j] for j in range(16)) for row in params["W_out"]]
    return softmax(logits), ((xs, x1, x2) if keep else None)
