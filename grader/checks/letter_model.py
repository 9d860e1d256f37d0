"""Parameters of the lessons' letter model whose next-letter law a test knows, or chooses.

The lessons fix the model's sizes and its forward pass, so what a sampler should write is steered by
the numbers alone: `chain` is certain of the next letter, `free` draws among a few letters by a law
that depends on the whole context and its order.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Params = dict[str, Any]
Shapes = Mapping[str, tuple[int, ...]]  # of "tok_emb", "pos_emb", "Wq", ..., "W_out"

NEVER = -80.0  # logit of a letter that is never drawn, at any temperature of a test
CERTAIN = 3.0  # a chain's next letter leads by 16 times this


def random_params(rng: random.Random, shapes: Shapes, std: float = 0.3) -> Params:
    """Every number drawn from N(0, std²), biases too."""
    return {name: _drawn(rng, shape, std) for name, shape in shapes.items()}


def contexts(rng: random.Random, vocab_size: int, context: int) -> list[list[int]]:
    """Ids of every length from 1 to `context`, smallest first; from 3 on a letter stands twice."""
    drawn = []
    for length in range(1, context + 1):
        ids = [rng.randrange(vocab_size) for _ in range(length)]
        drawn.append(ids if length < 3 else [ids[-1], *ids[1:]])
    return drawn


def chain(tokens: Sequence[int], shapes: Shapes) -> Params:
    """A model that is certain of the next token, by the last one alone.

    Parameters
    ----------
    tokens : sequence of int
        All ids in a circle: each is followed by the next, the last by the first.
    shapes : mapping
    """
    params = {name: _filled(shape, 0.0) for name, shape in shapes.items()}
    size = shapes["tok_emb"][1]
    # 2 · 16 vectors whose products are 16 with themselves, 0 or -16 with each other (Hadamard).
    rows = [[1.0 - 2.0 * ((i & j).bit_count() % 2) for j in range(size)] for i in range(size)]
    codes = rows + [[-x for x in row] for row in rows]
    for code, token, following in zip(codes, tokens, [*tokens[1:], tokens[0]], strict=False):
        params["tok_emb"][token] = list(code)
        params["W_out"][following] = [CERTAIN * x for x in code]
    return params


def free(
    rng: random.Random,
    shapes: Shapes,
    tokens: Sequence[int],
    spread: float,
    logits_of: Callable[[Params, list[int]], list[float]],
) -> Params:
    """A random model that draws among `tokens` only.

    Parameters
    ----------
    rng : random.Random
    shapes : mapping
    tokens : sequence of int
        Ids that may be drawn.
    spread : float
        Standard deviation of their logits, roughly.
    logits_of : callable
        The forward pass up to a constant: ``(params, ids)`` -> log-probabilities.
    """
    scales = {"tok_emb": 1.0, "pos_emb": 1.0, "Wq": 0.3, "Wk": 0.3, "Wv": 0.4}
    params: Params = {name: _drawn(rng, shape, scales.get(name, 0.3)) for name, shape in shapes.items()}
    # Number 0 of the last vector is 1 whatever was read; it carries each letter's own logit.
    for name in ("tok_emb", "pos_emb"):
        for row in params[name]:
            row[0] = 0.0
    for name in ("Wv", "W2"):
        params[name][0] = [0.0] * len(params[name][0])
    params["b2"][0] = 1.0
    vocab_size, size = shapes["W_out"]
    for token in range(vocab_size):
        params["W_out"][token][0] = 0.0 if token in tokens else NEVER
        if token not in tokens:
            params["W_out"][token][1:] = [0.0] * (size - 1)
    context = shapes["pos_emb"][0]
    seen = [logits_of(params, [rng.randrange(vocab_size) for _ in range(context)]) for _ in range(8)]
    gaps = [row[a] - row[b] for row in seen for a, b in pairwise(tokens)]
    scale = spread / (sum(g * g for g in gaps) / (2 * len(gaps))) ** 0.5
    for token in tokens:
        params["W_out"][token][1:] = [scale * x for x in params["W_out"][token][1:]]
    return params


def _filled(shape: tuple[int, ...], value: float) -> list[Any]:
    if len(shape) == 1:
        return [value] * shape[0]
    return [[value] * shape[1] for _ in range(shape[0])]


def _drawn(rng: random.Random, shape: tuple[int, ...], std: float) -> list[Any]:
    if len(shape) == 1:
        return [rng.gauss(0, std) for _ in range(shape[0])]
    return [[rng.gauss(0, std) for _ in range(shape[1])] for _ in range(shape[0])]
