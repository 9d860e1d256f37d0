# style: a pair whose two parts have names
from typing import Any, NamedTuple


class Pass(NamedTuple):
    probs: list
    cache: Any


def forward_with_cache(ids, params):
    vectors = []
    for place, letter in enumerate(ids):
        vectors.append(vec_add(params["pos_emb"][place], params["tok_emb"][letter]))
    last = vectors[-1]
    question = mat_t_vec(params["Wk"], mat_vec(params["Wq"], last))
    weights = softmax([dot(question, x) / 4 for x in vectors])
    x = vec_add(last, mat_vec(params["Wv"], mat_t_vec(vectors, weights)))
    x = vec_add(x, vec_add(params["b2"], mat_vec(params["W2"], relu(vec_add(params["b1"], mat_vec(params["W1"], x))))))
    return Pass(softmax(mat_vec(params["W_out"], x)), list(ids))
