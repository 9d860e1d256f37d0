"""Lesson 4 in PyTorch: attention, the causal mask, several heads.

The same functions, in the same order, as `reference/pure_python/attention.py`, on float64 tensors:
matrix products where the lesson has loops, so the two files check each other.

Shapes: n positions, d numbers in a query or a key, v numbers in a value, H heads.

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Scalar product of two vectors (d,); shape ()."""
    return a @ b


def attention_scores(query: Tensor, keys: Tensor) -> Tensor:
    """Scores (n,) of a query (d,) against keys (n, d), divided by sqrt(d)."""
    return keys @ query / math.sqrt(query.size(-1))


def attention(query: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted sum (v,) of the values (n, v), and the weights (n,)."""
    weights = F.softmax(attention_scores(query, keys), dim=-1)
    return weights @ values, weights


def causal_mask(n: int) -> Tensor:
    """Mask (n, n): 0 where column <= row, -inf above."""
    return torch.full((n, n), -math.inf, dtype=torch.float64).triu(1)


def causal_self_attention(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs (n, d) and weights (n, n) of vectors (n, d) that are queries, keys and values."""
    n, d = vectors.shape
    scores = vectors @ vectors.T / math.sqrt(d) + causal_mask(n)  # (n, n)
    weights = F.softmax(scores, dim=-1)  # (n, n)
    return weights @ vectors, weights


def multi_head_attention(vectors: Tensor, num_heads: int) -> Tensor:
    """Causal self-attention in each of H slices of vectors (n, d), joined in order; (n, d)."""
    n, d = vectors.shape
    if d % num_heads != 0:
        raise ValueError(f"vectors of {d} numbers cannot be cut in {num_heads} equal slices")
    heads = vectors.view(n, num_heads, d // num_heads).transpose(0, 1)  # (H, n, d / H)
    scores = heads @ heads.transpose(1, 2) / math.sqrt(d // num_heads) + causal_mask(n)  # (H, n, n)
    outputs = F.softmax(scores, dim=-1) @ heads  # (H, n, d / H)
    return outputs.transpose(0, 1).reshape(n, d)
