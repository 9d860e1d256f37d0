"""Lesson 6: the model of lesson 5 learns, every derivative written by hand.

The file follows the notebook `source/lesson6_training/training.ipynb`:

    corpus -> forward pass that remembers -> backward pass, seven stages -> update -> training
           -> generation

What the students write: `forward_with_cache`, `backward`, `sgd_update`, `train` and `generate`. The
rest is given to them, with all that lesson 5 gives (`reference/pure_python/mini_llm.py`).

Rule of the whole backward pass: where y = W x, the gradient of W is the outer product of y's
gradient and x, and the gradient of x is W transposed times y's gradient. Where a value goes two
ways (the two shortcuts), the gradients of both ways are added.

References
----------
.. [1] Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", Nature
   323, 1986, 533-536.
"""

import math
import random
from pathlib import Path

from reference.pure_python.mini_llm import (
    CONTEXT,
    EMBED_DIM,
    VOCAB_SIZE,
    apply_temperature,
    char_to_id,
    id_to_char,
    mat_vec,
    relu,
    softmax,
    vec_add,
)

NAMES_FILE = Path(__file__).parents[2] / "source" / "lesson6_training" / "names.txt"

# ---------------------------------------------------------------------------------------------
# Given: the corpus, and four more tools


def read_names(path):
    """Names of a file, one a line."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def dot(a, b):
    """Scalar product of two vectors."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def outer(a, b):
    """Matrix whose row i is b times a[i]."""
    return [[x * y for y in b] for x in a]


def mat_t_vec(matrix, vector):
    """Transposed matrix times vector: one output a column."""
    return [dot(column, vector) for column in zip(*matrix, strict=True)]


def zeros_like(params):
    """A dict with the same keys and shapes, full of zeros."""
    zeros = {}
    for name, value in params.items():
        if isinstance(value[0], (int, float)):
            zeros[name] = [0.0] * len(value)
        else:
            zeros[name] = [[0.0] * len(row) for row in value]
    return zeros


# ---------------------------------------------------------------------------------------------
# Exercise 1: the forward pass remembers


def forward_with_cache(ids: list[int], params: dict) -> tuple[list[float], dict]:
    """Lesson 5's forward pass, which keeps what the way back needs.

    Parameters
    ----------
    ids : list of int
        1 to CONTEXT ids.
    params : dict
        Parameters of the model.

    Returns
    -------
    probs : list of float
        Probabilities of the next letter.
    cache : dict
        Results on the way; what it holds is between this function and `backward`.
    """
    xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]  # T x D

    query = mat_vec(params["Wq"], xs[-1])  # D
    keys = [mat_vec(params["Wk"], x) for x in xs]  # T x D
    values = [mat_vec(params["Wv"], x) for x in xs]  # T x D
    weights = softmax([dot(query, key) / math.sqrt(EMBED_DIM) for key in keys])  # T
    attended = mat_t_vec(values, weights)  # D, the sum of weight times value
    x1 = vec_add(xs[-1], attended)  # D

    hidden = relu(vec_add(mat_vec(params["W1"], x1), params["b1"]))  # H
    x2 = vec_add(x1, vec_add(mat_vec(params["W2"], hidden), params["b2"]))  # D

    probs = softmax(mat_vec(params["W_out"], x2))  # V
    cache = {
        "ids": list(ids),
        "xs": xs,
        "query": query,
        "keys": keys,
        "values": values,
        "weights": weights,
        "x1": x1,
        "hidden": hidden,
        "x2": x2,
    }
    return probs, cache


# ---------------------------------------------------------------------------------------------
# Exercise 2: the way back


def backward(cache: dict, probs: list[float], target: int, params: dict) -> dict:
    """Gradient of -log probs[target] with respect to every parameter.

    Parameters
    ----------
    cache : dict
        From `forward_with_cache`.
    probs : list of float
        From `forward_with_cache`.
    target : int
        Id of the letter that really came.
    params : dict
        Parameters of that forward pass.

    Returns
    -------
    dict
        Keys and shapes of `params`; zeros where a row was not used.
    """
    grads = zeros_like(params)
    xs, query, keys, values, weights = (cache[k] for k in ("xs", "query", "keys", "values", "weights"))

    # 1. Softmax and loss: probability, minus one for the right letter.
    d_logits = list(probs)  # V
    d_logits[target] -= 1.0

    # 2. Projection: logits = W_out x2.
    grads["W_out"] = outer(d_logits, cache["x2"])
    d_x2 = mat_t_vec(params["W_out"], d_logits)  # D

    # 3. Second half of the MLP: x2 = x1 + W2 hidden + b2.
    grads["b2"] = list(d_x2)
    grads["W2"] = outer(d_x2, cache["hidden"])
    d_hidden = mat_t_vec(params["W2"], d_x2)  # H

    # 4. ReLU lets the gradient through where it let the number through.
    d_hidden = [d if h > 0 else 0.0 for d, h in zip(d_hidden, cache["hidden"], strict=True)]

    # 5. First half of the MLP; x1 also went straight to x2, by the second shortcut.
    grads["b1"] = list(d_hidden)
    grads["W1"] = outer(d_hidden, cache["x1"])
    d_x1 = vec_add(d_x2, mat_t_vec(params["W1"], d_hidden))  # D

    # 6. Attention: x1 = last x + sum of weight times value; the weights are a softmax of scores.
    d_weights = [dot(d_x1, value) for value in values]  # T
    mean = dot(weights, d_weights)
    root = math.sqrt(EMBED_DIM)
    d_scores = [w * (d - mean) / root for w, d in zip(weights, d_weights, strict=True)]  # T
    d_query = mat_t_vec(keys, d_scores)  # D
    grads["Wq"] = outer(d_query, xs[-1])
    d_xs = []  # T x D
    for x, weight, d_score in zip(xs, weights, d_scores, strict=True):
        d_key = [d_score * q for q in query]  # D
        d_value = [weight * d for d in d_x1]  # D
        for name, d_output in (("Wk", d_key), ("Wv", d_value)):
            for row, d in zip(grads[name], d_output, strict=True):
                row[:] = [g + d * number for g, number in zip(row, x, strict=True)]
        d_xs.append(vec_add(mat_t_vec(params["Wk"], d_key), mat_t_vec(params["Wv"], d_value)))
    d_last = vec_add(d_x1, mat_t_vec(params["Wq"], d_query))  # the first shortcut, and the query
    d_xs[-1] = vec_add(d_xs[-1], d_last)

    # 7. Embeddings: a letter that stands at two places gets both gradients.
    for place, (i, d_x) in enumerate(zip(cache["ids"], d_xs, strict=True)):
        grads["tok_emb"][i] = vec_add(grads["tok_emb"][i], d_x)
        grads["pos_emb"][place] = vec_add(grads["pos_emb"][place], d_x)
    return grads


# ---------------------------------------------------------------------------------------------
# Exercise 3: the update


def sgd_update(params: dict, grads: dict, lr: float) -> None:
    """One step of gradient descent: every parameter changes in place by -lr times its gradient.

    Parameters
    ----------
    params : dict
        Parameters; changed.
    grads : dict
        Gradients, same keys and shapes; left as they are.
    lr : float
        Learning rate.
    """
    for name, value in params.items():
        if isinstance(value[0], (int, float)):
            value[:] = [p - lr * g for p, g in zip(value, grads[name], strict=True)]
        else:
            for row, d_row in zip(value, grads[name], strict=True):
                row[:] = [p - lr * g for p, g in zip(row, d_row, strict=True)]


# ---------------------------------------------------------------------------------------------
# Exercise 4: training


def train(words: list[str], params: dict, epochs: int, lr: float) -> list[float]:
    """Train on every position of every word, in a new random order each epoch.

    Parameters
    ----------
    words : list of str
        Plain words; neither the list nor its order is changed.
    params : dict
        Parameters; changed in place.
    epochs : int
        Times to go through all words.
    lr : float
        Learning rate.

    Returns
    -------
    list of float
        For each epoch the mean over all positions of the loss before the update.
    """
    history = []
    for _ in range(epochs):
        order = list(words)
        random.shuffle(order)
        losses = []
        for word in order:
            ids = [char_to_id[letter] for letter in f".{word}."]
            for end in range(1, len(ids)):
                probs, cache = forward_with_cache(ids[max(0, end - CONTEXT) : end], params)
                losses.append(-math.log(probs[ids[end]]))
                sgd_update(params, backward(cache, probs, ids[end], params), lr)
        history.append(sum(losses) / len(losses))
    return history


# ---------------------------------------------------------------------------------------------
# Exercise 5: generation


def generate(params: dict, start: str = ".", temperature: float = 0.8, max_len: int = 15) -> str:
    """Let the model write, letter by letter; as in lesson 5.

    Parameters
    ----------
    params : dict
        Parameters of the model.
    start : str
        Beginning of the text; its first character is a dot.
    temperature : float
        Below 1: safer; above 1: bolder.
    max_len : int
        At most this many letters are added to `start`.

    Returns
    -------
    str
        The whole text, `start` included, without its leading dot (and without a final one).
    """
    ids = [char_to_id[letter] for letter in start]
    for _ in range(max_len):
        probs, _cache = forward_with_cache(ids[-CONTEXT:], params)
        probs = apply_temperature(probs, temperature)
        next_id = random.choices(range(VOCAB_SIZE), weights=probs)[0]
        if next_id == char_to_id["."]:
            break
        ids.append(next_id)
    return "".join(id_to_char[i] for i in ids[1:])
