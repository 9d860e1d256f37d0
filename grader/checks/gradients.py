"""Judge the gradients that a student's process tells of a decoder.

What a process says of its gradients is only its word.  Where the logits are right, so are the reference's gradients.
Elsewhere the loss of the decoder's own logits must rise along each gradient as much as that gradient says: for a step
``h`` along the unit vector ``g/|g|`` the central difference ``(L(w + h·g/|g|) - L(w - h·g/|g|)) / 2h`` is ``|g|``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, Protocol

import torch
import torch.nn.functional as F

from grader.checks.diagnose import same

STEP = 0.05  # length of a step along a gradient; weights are around 0.5
LEAST = 1e-4  # of the gradients that such a step can tell from rounding
APART = 0.3  # of slope and gradient, relative: one step is long, and single precision is short


class Decoder(Protocol):
    """A student's decoder in its kernel, and the reference that holds the same weights."""

    reference: torch.nn.Module

    def logits(self, ids: torch.Tensor) -> Any:
        """What the student's decoder answers, whatever that is."""

    def expected(self, ids: torch.Tensor) -> torch.Tensor:
        """What the reference answers."""

    def anatomy(self) -> dict[str, Any]:
        """What the student's process says it is made of; ``"state"``: shapes by name."""

    def procedure(self, name: str, spoken: str | None = None, **data: Any) -> Any:
        """Run a procedure on it."""


def reference_gradients(
    model: torch.nn.Module, ids: torch.Tensor, targets: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Gradient of the mean cross-entropy for each parameter of the reference.

    Parameters
    ----------
    model : Module
        Answers ids with logits (B, S, V).
    ids, targets : Tensor (B, S) of integers
    """
    model.zero_grad()
    F.cross_entropy(model(ids).flatten(0, 1), targets.flatten()).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def unlike_its_loss(
    decoder: Decoder,
    ids: torch.Tensor,
    targets: torch.Tensor,
    told: Mapping[str, torch.Tensor | None],
    expected: Mapping[str, torch.Tensor],
    names: Collection[str],
    *,
    tolerance: float,
    padding: int = 0,
) -> str | None:
    """The first of these parameters whose gradient is not that of the decoder's own loss.

    Parameters
    ----------
    decoder : Decoder
    ids, targets : Tensor (B, S) of integers
        Of the loss.
    told : mapping of str to Tensor or None
        Gradients that the student's process tells.
    expected : mapping of str to Tensor
        Those of the reference, see `reference_gradients`.
    names : collection of str
        Parameters to look at.
    tolerance : float
        Of the decoder's logits; within it they are right.
    padding : int
        Row of the embedding that is left out: it has a test of its own.

    Returns
    -------
    str or None
        None where all are.
    """
    if same(decoder.logits(ids), decoder.expected(ids), tolerance):
        compared = ((n, _rows(n, padding, told.get(n), expected[n])) for n in expected if n in names)
        return next((n for n, (one, other) in compared if not same(one, other)), None)
    weights, held = decoder.reference.state_dict(), decoder.anatomy()["state"]
    for name in expected:
        if name not in names or name not in held or expected[name].norm() < 10 * LEAST:
            continue
        gradient = told.get(name)
        if gradient is None or gradient.shape != expected[name].shape:
            return name
        length = gradient.norm().item()
        if not length > max(LEAST, 1e-3 * expected[name].norm().item()):
            return name
        losses = []
        for side in (STEP, -STEP):
            decoder.procedure("load", weights=weights | {name: weights[name] + side * gradient / length})
            losses.append(_loss_of(decoder.logits(ids), targets))
        decoder.procedure("load", weights=weights)
        slope = (losses[0] - losses[1]) / (2 * STEP)
        if not abs(slope - length) < APART * length:
            return name
    return None


def _rows(name: str, padding: int, told: Any, expected: torch.Tensor) -> tuple[Any, torch.Tensor]:
    """Both gradients of a parameter; of the embedding's without the padding's row."""
    if name != "embedding.weight" or not isinstance(told, torch.Tensor) or told.shape != expected.shape:
        return told, expected
    kept = torch.arange(len(expected)) != padding
    return told[kept], expected[kept]


def _loss_of(logits: Any, targets: torch.Tensor) -> float:
    """Mean cross-entropy of these logits; nan where they are none."""
    if not isinstance(logits, torch.Tensor) or logits.shape[:-1] != targets.shape:
        return math.nan
    return F.cross_entropy(logits.flatten(0, 1).double(), targets.flatten()).item()
