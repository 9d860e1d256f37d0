# style: redefines the forward pass: it returns a pair whose two parts have names
from collections import namedtuple

Pass = namedtuple("Pass", ["probs", "cache"])


def forward_with_cache(ids, params, _forward=forward_with_cache):
    return Pass._make(_forward(ids, params))


def backward(cache, probs, target, params):
    grads = zeros_like(params)
    ids, xs, query, keys, values, weights = (cache[k] for k in ("ids", "xs", "query", "keys", "values", "weights"))
    x1, hidden, x2 = cache["x1"], cache["hidden"], cache["x2"]
    # 1 softmax and loss
    d_logits = list(probs)
    d_logits[target] -= 1
    # 2 projection
    grads["W_out"] = outer(d_logits, x2)
    d_x2 = mat_t_vec(params["W_out"], d_logits)
    # 3 MLP, second half
    grads["W2"] = outer(d_x2, hidden)
    grads["b2"] = list(d_x2)
    d_hidden = mat_t_vec(params["W2"], d_x2)
    # 4 ReLU
    d_before = [d if h > 0 else 0.0 for d, h in zip(d_hidden, hidden)]
    # 5 MLP, first half
    grads["W1"] = outer(d_before, x1)
    grads["b1"] = list(d_before)
    d_x1 = vec_add(mat_t_vec(params["W1"], d_before), d_x2)
    # 6 attention
    d_weights = [dot(d_x1, value) for value in values]
    mean = dot(weights, d_weights)
    d_scores = [w * (d - mean) / math.sqrt(EMBED_DIM) for w, d in zip(weights, d_weights)]
    d_query = mat_t_vec(keys, d_scores)
    grads["Wq"] = outer(d_query, xs[-1])
    d_xs = []
    for t in range(len(xs)):
        d_key = [d_scores[t] * q for q in query]
        d_value = [weights[t] * d for d in d_x1]
        for i in range(EMBED_DIM):
            for j in range(EMBED_DIM):
                grads["Wk"][i][j] += d_key[i] * xs[t][j]
                grads["Wv"][i][j] += d_value[i] * xs[t][j]
        d_xs.append(vec_add(mat_t_vec(params["Wk"], d_key), mat_t_vec(params["Wv"], d_value)))
    d_xs[-1] = vec_add(d_xs[-1], mat_t_vec(params["Wq"], d_query))
    d_xs[-1] = vec_add(d_xs[-1], d_x1)
    # 7 embeddings
    for t, i in enumerate(ids):
        grads["tok_emb"][i] = vec_add(grads["tok_emb"][i], d_xs[t])
        grads["pos_emb"][t] = vec_add(grads["pos_emb"][t], d_xs[t])
    return grads
