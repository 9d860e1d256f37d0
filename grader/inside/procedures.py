"""UNTRUSTED.  What tests do with a student's model: fixed steps, chosen by name, fed with data.

Their results are values that the trusted side judges by its own reference; a forged result helps
only where it is right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def state(model: Any) -> dict[str, Any]:
    """Parameters and buffers of a model, by name."""
    return {str(k): v.detach().clone() for k, v in model.state_dict().items()}


def load(model: Any, weights: dict[str, Any], strict: bool = True) -> dict[str, list[str]]:
    """Copy weights into a model; with `strict` false, names that do not fit are returned."""
    result = model.load_state_dict(weights, strict=strict)
    return {"missing": list(result.missing_keys), "unexpected": list(result.unexpected_keys)}


def logits(model: Any, ids: Any, training: bool = False) -> Any:
    """Output of a model on (B, S) ids, in the asked mode; the mode is put back."""
    import torch

    before = [(m, m.training) for m in model.modules()]
    model.train(training)
    try:
        with torch.no_grad():
            return model(ids)
    finally:
        for module, mode in before:
            module.training = mode


def gradients(model: Any, ids: Any, targets: Any) -> dict[str, Any]:
    """Gradient of the mean cross-entropy for every named parameter; None where it has none."""
    import torch.nn.functional as F

    before = [(m, m.training) for m in model.modules()]
    model.eval()  # dropout would make the gradients random
    model.zero_grad(set_to_none=True)
    try:
        out = model(ids)  # (B, S, V)
        F.cross_entropy(out.reshape(-1, out.shape[-1]), targets.reshape(-1)).backward()
        return {str(n): (None if p.grad is None else p.grad.detach().clone()) for n, p in model.named_parameters()}
    finally:
        model.zero_grad(set_to_none=True)
        for module, mode in before:
            module.training = mode


def train(model: Any, inputs: Any, targets: Any, lr: float) -> dict[str, Any]:
    """Train a model with AdamW, one step a batch, and give its weights back.

    Parameters
    ----------
    model : nn.Module
    inputs, targets : Tensor
        (steps, B, S) ids.
    lr : float

    Returns
    -------
    dict of str to Tensor
        The trained state.  The model itself gets its old weights back.
    """
    import torch
    import torch.nn.functional as F

    old = {k: v.detach().clone() for k, v in model.state_dict().items()}
    before = [(m, m.training) for m in model.modules()]
    try:
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
        for x, y in zip(inputs, targets, strict=True):
            optimizer.zero_grad()
            out = model(x)  # (B, S, V)
            F.cross_entropy(out.reshape(-1, out.shape[-1]), y.reshape(-1)).backward()
            optimizer.step()
        return state(model)
    finally:
        with torch.no_grad():
            model.load_state_dict(old)
        for module, mode in before:
            module.training = mode


PROCEDURES: dict[str, Callable[..., Any]] = {
    "state": state,
    "load": load,
    "logits": logits,
    "gradients": gradients,
    "train": train,
}
