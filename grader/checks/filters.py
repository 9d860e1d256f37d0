"""Reads the answers of a filter of logits: a (V,) tensor in, a (V,) tensor out, for many inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch

from grader.bridge import Answer
from grader.checks.diagnose import WrongReference, explains, named, same
from grader.checks.expect import expect, first_difference
from grader.checks.verdict import fail

SHOWN = 8  # logits of a longer vector are not told one by one


def all_equal(
    answers: Sequence[Answer],
    expected: Sequence[torch.Tensor],
    given: Iterable[Sequence[Any]],
    known: Sequence[WrongReference],
    else_known_as: str | None = None,
) -> None:
    """Each answer has the expected values; the cause must explain all the answers together.

    Parameters
    ----------
    answers, expected : sequence
        One an input, smallest input first.
    given : iterable
        Arguments of each call, the logits first, as the hypotheses take them.
    known : sequence
        The misconceptions of the exercise.
    else_known_as : str, optional
        Id of the misconception where no hypothesis fits.

    Raises
    ------
    Misunderstood
        On the first answer that differs.
    """
    inputs = list(given)
    if all(same(a.value, e, 1e-5) for a, e in zip(answers, expected, strict=True)):
        return
    cause = explains([a.value for a in answers], inputs, known, rtol=1e-5)
    if cause is None and else_known_as is not None:
        cause = named(known, else_known_as)
    why = (cause.id, cause.sentence) if cause else (None, None)
    for answer, right, (logits, *_) in zip(answers, expected, inputs, strict=True):
        expect(answer, known).is_tensor().has_float_dtype()
        seen, call = answer.value, f"{answer.call}{quoted(logits)}"
        if seen.shape != right.shape:
            shapes = tuple(seen.shape), tuple(right.shape)
            fail(
                f"`{call}` has shape {shapes[0]}, {shapes[1]} was expected.",
                f"`{call}` a la forme {shapes[0]}, {shapes[1]} était attendu.",
                *why,
            )
        if not same(seen, right, 1e-5):
            where, was, should = first_difference(seen, right, 1e-5)
            fail(
                f"`{call}`: entry {where} is {was}, {should} was expected.",
                f"`{call}` : l'élément {where} vaut {was}, {should} était attendu.",
                *why,
            )


def quoted(logits: torch.Tensor) -> str:
    """A short vector of logits as a message tells it."""
    if len(logits) > SHOWN:
        return ""
    return f", logits = [{', '.join(f'{x:.3g}' for x in logits.tolist())}]"


def spaced_logits(
    generator: torch.Generator, size: int, spread: float = 2.0, gap: float = 0.01
) -> torch.Tensor:
    """Random logits without ties: any two differ by more than `gap`, and none is near 0.

    Parameters
    ----------
    generator : torch.Generator
    size : int
    spread : float
        Standard deviation.
    gap : float
        Small against `spread / size`.

    Returns
    -------
    Tensor
        (size,) float32.
    """
    while True:
        logits = torch.randn(size, generator=generator) * spread
        closest = logits.sort().values.diff().min() if size > 1 else torch.tensor(1.0)
        if closest > gap * min(1.0, 10 / size**2) and logits.abs().min() > 1e-3:
            return logits
