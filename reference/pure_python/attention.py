"""Lesson 4: attention, letter by letter.

The file reads in the order of the notebook `source/lesson4_attention/attention.ipynb`:

    scalar product -> scores -> weights and weighted sum -> causal mask
                   -> causal self-attention -> several heads

Everything is a list of floats, and a matrix is a list of rows. n positions, d numbers in a query
or a key, v numbers in a value.

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
"""

import math
from collections.abc import Sequence

Vector = Sequence[float]
Matrix = Sequence[Sequence[float]]

# ---------------------------------------------------------------------------------------------
# Given: a word, its four vectors, softmax

WORD = "chat"
# Set by hand for the lesson (vowel? start of a syllable? soft? hard?); real models learn theirs.
EMBEDDINGS = [
    [-0.8, 0.9, -0.4, 1.1],  # c
    [-0.6, 0.2, 1.2, -0.3],  # h
    [1.6, 0.1, 0.3, -0.6],  # a
    [-0.7, -0.5, -0.2, 1.3],  # t
]


def softmax(scores: Vector) -> list[float]:
    """Turn scores (n,) into weights (n,): none negative, sum 1; a score of -inf weighs exactly 0."""
    largest = max(scores)
    exps = [math.exp(score - largest) for score in scores]  # (n,)
    total = sum(exps)
    return [e / total for e in exps]  # (n,)


# ---------------------------------------------------------------------------------------------
# Exercise 1: how well do two vectors match?


def dot(a: Vector, b: Vector) -> float:
    """Scalar product of two vectors (d,)."""
    return float(sum(x * y for x, y in zip(a, b, strict=True)))


# ---------------------------------------------------------------------------------------------
# Exercise 2: one query against all keys


def attention_scores(query: Vector, keys: Matrix) -> list[float]:
    """``query . key / sqrt(d)`` for each key.

    Parameters
    ----------
    query : list of float
        (d,)
    keys : list of list of float
        (n, d)

    Returns
    -------
    list of float
        (n,)
    """
    scale = math.sqrt(len(query))
    return [dot(query, key) / scale for key in keys]  # (n,)


# ---------------------------------------------------------------------------------------------
# Exercise 3: the weighted sum


def weighted_sum(weights: Vector, values: Matrix) -> list[float]:
    """Sum of the values (n, v), each times its weight (n,); shape (v,)."""
    return [sum(w * x for w, x in zip(weights, column, strict=True)) for column in zip(*values, strict=True)]


def attention(query: Vector, keys: Matrix, values: Matrix) -> tuple[list[float], list[float]]:
    """What one position gathers from all others.

    Parameters
    ----------
    query : list of float
        (d,)
    keys : list of list of float
        (n, d)
    values : list of list of float
        (n, v)

    Returns
    -------
    output : list of float
        (v,) the sum of the values, each times its weight.
    weights : list of float
        (n,) softmax of the scores.
    """
    weights = softmax(attention_scores(query, keys))  # (n,)
    return weighted_sum(weights, values), weights


# ---------------------------------------------------------------------------------------------
# Exercise 4: no looking ahead


def causal_mask(n: int) -> list[list[float]]:
    """Mask (n, n) to add to scores: 0.0 where column <= row, -inf where the future begins."""
    return [[0.0 if column <= row else -math.inf for column in range(n)] for row in range(n)]


# ---------------------------------------------------------------------------------------------
# Exercise 5: all positions at once, under the mask


def causal_self_attention(vectors: Matrix) -> tuple[list[list[float]], list[list[float]]]:
    """Attention of each position to itself and to the past, with Q = K = V = `vectors`.

    Parameters
    ----------
    vectors : list of list of float
        (n, d)

    Returns
    -------
    outputs : list of list of float
        (n, d)
    weights : list of list of float
        (n, n), exactly 0.0 above the diagonal.
    """
    outputs, weights = [], []
    for query, mask in zip(vectors, causal_mask(len(vectors)), strict=True):
        scores = attention_scores(query, vectors)  # (n,)
        row = softmax([s + m for s, m in zip(scores, mask, strict=True)])  # (n,)
        weights.append(row)
        outputs.append(weighted_sum(row, vectors))  # (d,)
    return outputs, weights


# ---------------------------------------------------------------------------------------------
# Exercise 6: several heads


def multi_head_attention(vectors: Matrix, num_heads: int) -> list[list[float]]:
    """Causal self-attention in each of `num_heads` slices of the vectors, joined in order.

    Parameters
    ----------
    vectors : list of list of float
        (n, d)
    num_heads : int
        A divisor of d.

    Returns
    -------
    list of list of float
        (n, d)

    Raises
    ------
    ValueError
        If d is not a multiple of `num_heads`.
    """
    d = len(vectors[0])
    if d % num_heads != 0:
        raise ValueError(f"vectors of {d} numbers cannot be cut in {num_heads} equal slices")
    size = d // num_heads
    heads = []
    for start in range(0, d, size):
        slices = [vector[start : start + size] for vector in vectors]  # (n, size)
        outputs, _ = causal_self_attention(slices)  # (n, size)
        heads.append(outputs)
    return [[x for part in parts for x in part] for parts in zip(*heads, strict=True)]  # (n, d)
