"""Lesson 6 in PyTorch: autograd and `torch.optim.SGD` where the lesson differentiates by hand.

It exists to check `reference/pure_python/training.py`; float64 throughout.
"""

import random

import torch
import torch.nn.functional as F
from torch import Tensor

from reference.pytorch.mini_llm import logits_llm, pairs


def gradients(ids: list[int], target: int, params: dict[str, Tensor]) -> dict[str, Tensor]:
    """Gradient of -log p(target | ids) with respect to every parameter, by autograd.

    Parameters
    ----------
    ids : list of int
        1 to 8 ids.
    target : int
        Id of the letter that came.
    params : dict of Tensor
        Leaves that ask for a gradient.

    Returns
    -------
    dict of Tensor
        Keys and shapes of `params`.
    """
    loss = F.cross_entropy(logits_llm(ids, params).unsqueeze(0), torch.tensor([target]))
    return dict(zip(params, torch.autograd.grad(loss, list(params.values())), strict=True))


def train(words: list[str], params: dict[str, Tensor], epochs: int, lr: float) -> list[float]:
    """Train in place, one letter at a time; order drawn from `random` as the lesson draws it.

    Returns
    -------
    list of float
        For each epoch the mean over all positions of the loss before the update.
    """
    optimizer = torch.optim.SGD(params.values(), lr=lr)
    history = []
    for _ in range(epochs):
        order = list(words)
        random.shuffle(order)
        losses = []
        for word in order:
            for ids, target in pairs(word):
                loss = F.cross_entropy(logits_llm(ids, params).unsqueeze(0), torch.tensor([target]))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history
