"""UNTRUSTED.  Stand-ins that tests install in the student's process, by name and data.

A stub model is a real `nn.Module` with a parameter and a device whose next-token distribution is
known exactly, so that what a sampler returns can be judged.  Each is built from plain values only;
the library is fixed (`STUBS`).  What a stub knows the student may see: it carries no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.wire import Stub, WireError


def corner(mask: Any) -> Callable[[int], Any]:
    """A right `create_causal_mask` for a test of what relies on it: a corner of a known mask.

    Parameters
    ----------
    mask : Tensor
        (N, N), N at least the largest size asked for.
    """

    def create_causal_mask(seq_len: int, *args: Any, **kwargs: Any) -> Any:
        return mask[: int(seq_len), : int(seq_len)].clone()

    return create_causal_mask


def table_model(
    logits: Any,
    training_logits: Any = None,
    grad_logits: Any = None,
    seen_from: int = -1,
) -> Any:
    """A model whose next-token logits depend on the last token only.

    Parameters
    ----------
    logits : Tensor
        (V, V): row t holds the logits after token t.
    training_logits, grad_logits : Tensor, optional
        (V, V) used instead while the module is in training mode, or while gradients are recorded,
        so that forgetting `eval()` or `no_grad()` shows in the returned text.
    seen_from : int
        Every position's logits follow from that position's own token; the default -1 has no
        effect and stands for "all positions alike".

    Returns
    -------
    nn.Module
        `forward(ids)` takes (B, S) integer ids and gives (B, S, V) logits.
    """
    import torch
    from torch import nn

    class TableModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(logits.clone())
            self.max_len = 10_000

        def forward(self, ids: Any, *args: Any, **kwargs: Any) -> Any:
            table = self.table
            if self.training and training_logits is not None:
                table = training_logits.to(table.device)
            elif torch.is_grad_enabled() and grad_logits is not None:
                table = grad_logits.to(table.device)
            return table[ids.long()]  # (B, S, V)

    return TableModel()


def history_model(weight: Any, bias: Any) -> Any:
    """A model whose next-token logits depend on every token before: ``bias + sum of weight[t]``.

    Parameters
    ----------
    weight : Tensor
        (V, V): what each token seen adds to the logits.
    bias : Tensor
        (V,)

    Returns
    -------
    nn.Module
    """
    import torch
    from torch import nn

    class HistoryModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(weight.clone())
            self.bias = nn.Parameter(bias.clone())

        def forward(self, ids: Any, *args: Any, **kwargs: Any) -> Any:
            return torch.cumsum(self.weight[ids.long()], dim=1) + self.bias  # (B, S, V)

    return HistoryModel()


STUBS: dict[str, Callable[..., Any]] = {
    "corner": corner,
    "table_model": table_model,
    "history_model": history_model,
}


def build(stub: Stub) -> Any:
    """Build a stub of the fixed library."""
    if stub.name not in STUBS:
        raise WireError(f"no stub named {stub.name!r}")
    return STUBS[stub.name](**stub.data)
