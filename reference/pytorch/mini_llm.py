"""Lesson 5's model in PyTorch: the same parameters, the same forward pass, in float64.

It exists to check `reference/pure_python/mini_llm.py`, so it is written another way: all
positions at once, matrices from the right, log-probabilities instead of probabilities.

Shapes: T ids (1 to 8), V = 27, C = 8, D = 16, H = 32.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

CONTEXT = 8


def tensors(params: dict[str, Any]) -> dict[str, Tensor]:
    """Nested lists to float64 leaves that ask for a gradient."""
    return {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in params.items()
    }


def logits_llm(ids: list[int], params: dict[str, Tensor]) -> Tensor:
    """Scores of the next token after `ids`; shape (V,)."""
    x = params["tok_emb"][ids] + params["pos_emb"][: len(ids)]  # (T, D)
    q = F.linear(x, params["Wq"])  # (T, D)
    k = F.linear(x, params["Wk"])  # (T, D)
    v = F.linear(x, params["Wv"])  # (T, D)
    # The causal mask makes every row a model of its own; the lesson's is the last row.
    future = torch.full((len(ids), len(ids)), float("-inf"), dtype=x.dtype).triu(1)  # (T, T)
    weights = F.softmax(q @ k.T / math.sqrt(x.size(-1)) + future, dim=-1)  # (T, T)
    x = x + weights @ v  # (T, D)
    hidden = F.relu(F.linear(x, params["W1"], params["b1"]))  # (T, H)
    x = x + F.linear(hidden, params["W2"], params["b2"])  # (T, D)
    return F.linear(x, params["W_out"])[-1]  # (V,)


def forward_llm(ids: list[int], params: dict[str, Tensor]) -> Tensor:
    """Probabilities of the next token after `ids`; shape (V,)."""
    return F.softmax(logits_llm(ids, params), dim=-1)


def apply_temperature(probs: Tensor, temperature: float) -> Tensor:
    """Softmax of log-probabilities divided by the temperature; zeros stay zero. Shape (V,)."""
    return F.softmax(probs.log() / temperature, dim=-1)


def pairs(word: str) -> list[tuple[list[int], int]]:
    """(context, target) at every position of a plain word."""
    ids = [0 if letter == "." else ord(letter) - ord("a") + 1 for letter in f".{word}."]
    return [(ids[max(0, t - CONTEXT) : t], ids[t]) for t in range(1, len(ids))]


def mean_loss(words: list[str], params: dict[str, Tensor]) -> Tensor:
    """Mean cross-entropy over all positions of all words; a scalar."""
    examples = [pair for word in words for pair in pairs(word)]
    logits = torch.stack([logits_llm(context, params) for context, _ in examples])  # (N, V)
    return F.cross_entropy(logits, torch.tensor([target for _, target in examples]))
