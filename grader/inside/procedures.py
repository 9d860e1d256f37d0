"""UNTRUSTED.  What tests do with a student's model: fixed steps, chosen by name, fed with data.

Their results are values that the trusted side judges by its own reference; a forged result helps
only where it is right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.inside.made_files import made_files


def state(model: Any) -> dict[str, Any]:
    """Parameters and buffers of a model, by name."""
    return {str(k): v.detach().clone() for k, v in model.state_dict().items()}


def anatomy(model: Any) -> dict[str, Any]:
    """What a model is made of.

    Returns
    -------
    dict
        ``module``: whether it is an `nn.Module`; ``parts``: its child modules and their classes;
        ``state``: shape of each tensor in its state_dict; ``parameters``: names of those that
        train; ``dropout``: rate of each dropout layer.
    """
    from torch import nn

    if not isinstance(model, nn.Module):
        return {"module": False}
    return {
        "module": True,
        "parts": {str(name): type(part).__name__ for name, part in model.named_children()},
        "state": {str(name): list(value.shape) for name, value in model.state_dict().items()},
        "parameters": [str(name) for name, _ in model.named_parameters()],
        "dropout": [float(m.p) for m in model.modules() if isinstance(m, nn.Dropout)],
    }


def load(model: Any, weights: dict[str, Any]) -> list[str]:
    """Copy weights into a model; the names that found no place of their shape are returned."""
    import torch

    own = model.state_dict()
    fitting = {n: w for n, w in weights.items() if n in own and own[n].shape == w.shape}
    with torch.no_grad():
        model.load_state_dict(fitting, strict=False)
    return [n for n in weights if n not in fitting]


def beside(model: Any, ids: Any) -> Any:
    """The ids where the model's parameters are; as they came where it has none."""
    first = next(iter(model.parameters()), None)
    return ids if first is None else ids.to(first.device)


def logits(model: Any, ids: Any, training: bool = False) -> Any:
    """Output of a model on (B, S) ids, in the asked mode; the mode is put back."""
    import torch

    before = [(m, m.training) for m in model.modules()]
    model.train(training)
    try:
        with torch.no_grad():
            return model(beside(model, ids))
    finally:
        for module, mode in before:
            module.training = mode


def gradients(model: Any, ids: Any, targets: Any) -> dict[str, Any]:
    """Gradient of the mean cross-entropy for every named parameter; None where it has none."""
    import torch
    import torch.nn.functional as F

    before = [(m, m.training) for m in model.modules()]
    model.eval()  # dropout would make the gradients random
    model.zero_grad(set_to_none=True)
    try:
        with torch.enable_grad():  # a cell may have switched it off for good
            out = model(beside(model, ids))  # (B, S, V)
            F.cross_entropy(out.reshape(-1, out.shape[-1]), targets.to(out.device).reshape(-1)).backward()
        return {
            str(n): (None if p.grad is None else p.grad.detach().clone()) for n, p in model.named_parameters()
        }
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
            with torch.enable_grad():
                out = model(beside(model, x))  # (B, S, V)
                F.cross_entropy(out.reshape(-1, out.shape[-1]), y.to(out.device).reshape(-1)).backward()
            optimizer.step()
        return state(model)
    finally:
        with torch.no_grad():
            model.load_state_dict(old)
        for module, mode in before:
            module.training = mode


def read(value: Any) -> Any:
    """What an object that the test placed here has become."""
    return value


def raises(function: Any, arguments: list[Any]) -> list[str]:
    """Names of the class of the exception that a call raises and of its bases; empty where it returns."""
    try:
        function(*arguments)
    except Exception as error:
        return [str(kind.__name__) for kind in type(error).__mro__]
    return []


PROCEDURES: dict[str, Callable[..., Any]] = {
    "state": state,
    "anatomy": anatomy,
    "load": load,
    "logits": logits,
    "gradients": gradients,
    "train": train,
    "made_files": made_files,
    "read": read,
    "raises": raises,
}
