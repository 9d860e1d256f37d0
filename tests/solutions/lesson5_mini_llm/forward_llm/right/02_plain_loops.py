# style: nothing but loops and indices, none of the given tools
def forward_llm(ids, params):
    n = len(ids)
    xs = []
    for t in range(n):
        row = []
        for j in range(16):
            row.append(params["tok_emb"][ids[t]][j] + params["pos_emb"][t][j])
        xs.append(row)
    query = [0.0] * 16
    for i in range(16):
        for j in range(16):
            query[i] += params["Wq"][i][j] * xs[n - 1][j]
    scores = []
    values = []
    for t in range(n):
        score = 0.0
        value = []
        for i in range(16):
            key = 0.0
            number = 0.0
            for j in range(16):
                key += params["Wk"][i][j] * xs[t][j]
                number += params["Wv"][i][j] * xs[t][j]
            score += query[i] * key
            value.append(number)
        scores.append(score / 4)
        values.append(value)
    top = max(scores)
    weights = []
    for score in scores:
        weights.append(math.exp(score - top))
    total = sum(weights)
    x = xs[n - 1]
    for t in range(n):
        moved = []
        for j in range(16):
            moved.append(x[j] + weights[t] / total * values[t][j])
        x = moved
    out = []
    for i in range(16):
        out.append(x[i] + params["b2"][i])
    for h in range(32):
        before = params["b1"][h]
        for j in range(16):
            before += params["W1"][h][j] * x[j]
        if before > 0:
            for i in range(16):
                out[i] += params["W2"][i][h] * before
    logits = []
    for row in params["W_out"]:
        logits.append(sum(row[j] * out[j] for j in range(16)))
    top = max(logits)
    exps = [math.exp(z - top) for z in logits]
    return [e / sum(exps) for e in exps]
