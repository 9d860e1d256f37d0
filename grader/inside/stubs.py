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


def context_model(
    table: Any, forced: list[int], training_table: Any = None, grad_table: Any = None, device: str = "cpu"
) -> Any:
    """A model whose next-token logits depend on every id before, and on its place.

    Parameters
    ----------
    table : Tensor
        (R, V) logits; ids x_0 ... x_s speak with row ``(sum of x_i (i + 2)² + 7 s) mod R``.
    forced : list of int
        Token that is certain after 1, 2, ... ids, or -1 where the table speaks; the last entry
        holds for all longer contexts.
    training_table, grad_table : Tensor, optional
        (R, V) used instead while the module is in training mode, or while gradients are recorded,
        so that forgetting `eval()` or `no_grad()` shows in the returned text.
    device : str

    Returns
    -------
    nn.Module
        `forward(ids)` takes (B, S) integer ids and gives (B, S, V) logits.
    """
    import torch
    from torch import nn

    longest = 2000
    rows, vocab_size = table.shape
    tokens = (forced + [forced[-1]] * longest)[:longest]

    class ContextModel(nn.Module):
        weight: torch.Tensor
        shift: torch.Tensor
        is_forced: torch.Tensor
        forced: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(table.clone())
            place = torch.arange(longest)
            self.register_buffer("weight", (place + 2) ** 2, persistent=False)
            self.register_buffer("shift", 7 * place, persistent=False)
            certain = torch.tensor(tokens)
            self.register_buffer("is_forced", (certain >= 0)[:, None], persistent=False)  # (P, 1)
            only = torch.full((longest, vocab_size), -1e4).scatter_(1, certain.clamp(min=0)[:, None], 0.0)
            self.register_buffer("forced", only, persistent=False)  # (P, V)

        def forward(self, ids: Any) -> Any:
            _, length = ids.shape
            logits = self.table
            if self.training and training_table is not None:
                logits = training_table.to(ids.device)
            elif torch.is_grad_enabled() and grad_table is not None:
                logits = grad_table.to(ids.device)
            row = ((ids.long() * self.weight[:length]).cumsum(1) + self.shift[:length]) % rows  # (B, S)
            return torch.where(self.is_forced[:length], self.forced[:length], logits[row])  # (B, S, V)

    return ContextModel().to(device)


def chain_model(following: list[int], device: str = "cpu") -> Any:
    """A model that is certain of the next token, by the last token alone.

    Parameters
    ----------
    following : list of int
        What comes after each token.
    device : str

    Returns
    -------
    nn.Module
        `forward(ids)` takes (B, S) integer ids and gives (B, S, V) logits.
    """
    import torch
    from torch import nn

    class ChainModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            size = len(following)
            certain = torch.full((size, size), -1e4).scatter_(1, torch.tensor(following)[:, None], 0.0)
            self.table = nn.Parameter(certain)  # (V, V)

        def forward(self, ids: Any) -> Any:
            _, _ = ids.shape
            return self.table[ids.long()]  # (B, S, V)

    return ChainModel().to(device)


class StandIn:
    """A right version of an exercise that this submission has already failed.

    The trusted side sends it as source, so that no answer lies in the box for anyone to read before.

    Parameters
    ----------
    source : str
        Functions and the imports they need.
    name : str
        Which of them is called.
    """

    def __init__(self, source: str, name: str) -> None:
        names: dict[str, Any] = {}
        exec(compile(source, f"<stand-in for {name}>", "exec"), names)
        self.function = names[name]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


STUBS: dict[str, Callable[..., Any]] = {
    "stand_in": StandIn,
    "corner": corner,
    "context_model": context_model,
    "chain_model": chain_model,
}


def build(stub: Stub) -> Any:
    """Build a stub of the fixed library."""
    if stub.name not in STUBS:
        raise WireError(f"no stub named {stub.name!r}")
    return STUBS[stub.name](**stub.data)
