"""A misconception is a wrong reference: which of them reproduces what the student returned?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import torch


class Sentence(Protocol):
    """Anything with one sentence a language."""

    en: str
    fr: str


class WrongReference(Protocol):
    """A misconception: its id, its sentence, and perhaps the values that it leads to."""

    id: str
    sentence: Any
    hypothesis: Any


def named(misconceptions: Iterable[WrongReference], name: str) -> WrongReference | None:
    """The misconception of that id, if the list has it."""
    return next((m for m in misconceptions if m.id == name), None)


def explains(
    seen: Any, given: Iterable[Any], misconceptions: Iterable[WrongReference], rtol: float = 1e-4
) -> Any:
    """First misconception whose hypothesis gives what was seen, on every input.

    Parameters
    ----------
    seen : list of Tensor
        What the student returned, one an input.
    given : iterable of tuple
        Arguments of each call, as the hypothesis takes them.
    misconceptions : iterable
    rtol : float

    Returns
    -------
    misconception or None
    """
    inputs = list(given)
    for misconception in misconceptions:
        if misconception.hypothesis is None:
            continue
        if all(same(s, misconception.hypothesis(*g), rtol) for s, g in zip(seen, inputs, strict=True)):
            return misconception
    return None


def same(seen: Any, expected: Any, rtol: float = 1e-4) -> bool:
    """Whether two tensors agree in shape and values; infinities and nan count as values."""
    if (
        not isinstance(seen, torch.Tensor)
        or not isinstance(expected, torch.Tensor)
        or seen.shape != expected.shape
    ):
        return False
    return torch.allclose(seen.double(), expected.double(), rtol=rtol, atol=rtol, equal_nan=True)
