"""Evidence of a failed check, as plain data from which the feedback draws a picture.

Three kinds: a ``matrix`` (seen beside expected), a ``distribution`` (how often each outcome was
drawn, beside its probability) and a ``curve`` (losses by training step).  All are dicts of lists,
numbers and short strings, ready for JSON and bounded: of a large tensor only the `CELLS` × `CELLS`
window around the first difference is kept, of many outcomes the `BARS` most frequent.

What was seen and what was expected lie in different keys, because the course decides how much of it
students read (``c.Grading.reveal``).  Evidence never decides anything: where none can be made of
what a student returned, there is none (None), and the check fails as it would have.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch

CELLS = 12  # rows and columns of a matrix that are kept
WIDE = 6  # the same where its numbers need many digits
BARS = 11  # outcomes of a distribution that are kept; the others are added up
POINTS = 60  # of a curve
LABEL = 24  # characters of an outcome's name

Number = float | str  # "inf", "-inf" and "nan" as words: JSON has no numbers for them
Evidence = dict[str, Any]


def matrix(seen: Any, expected: Any, rtol: float = 1e-5) -> Evidence | None:
    """What was returned beside what was expected, around their first difference.

    Parameters
    ----------
    seen, expected : Tensor, or nested lists or tuples of numbers
        Of the same shape, (..., R, C), (C,) or ().  Of more than two dimensions the slice with the first
        difference is kept.
    rtol : float
        Relative and absolute tolerance below which two numbers count as the same.

    Returns
    -------
    dict or None
        ``seen`` and ``expected`` (rows of numbers, at most `CELLS` × `CELLS`, or `WIDE` × `WIDE`), ``wrong`` ([row, column] of
        each difference, counted in the window), ``start`` (row and column of the window's corner), ``of``
        (R and C) and ``slice`` (the leading indices).
    """
    a, b = _numbers(seen), _numbers(expected)
    if a is None or b is None or a.shape != b.shape or a.numel() == 0:
        return None
    shape = tuple(a.shape)
    while a.ndim < 2:
        a, b = a.unsqueeze(0), b.unsqueeze(0)
    wrong = ~torch.isclose(a, b, rtol=rtol, atol=rtol, equal_nan=True)
    if not wrong.any():
        return None
    *leading, row, column = wrong.nonzero()[0].tolist()
    a, b, wrong = a[tuple(leading)], b[tuple(leading)], wrong[tuple(leading)]
    cells = CELLS if _short(a) and _short(b) else WIDE
    top, left = _window(row, a.size(0), cells), _window(column, a.size(1), cells)
    part = (slice(top, top + cells), slice(left, left + cells))
    return {
        "kind": "matrix",
        "seen": _rows(a[part]),
        "expected": _rows(b[part]),
        "wrong": wrong[part].nonzero().tolist(),
        "start": [top, left],
        "of": list(a.shape),
        "slice": leading,
        "dimensions": len(shape),
    }


def distribution(
    sample: Iterable[Any], law: Mapping[Any, float], spell: Callable[[Any], str] = str
) -> Evidence | None:
    """How often each outcome was drawn, beside its probability.

    Parameters
    ----------
    sample : iterable of hashable
        Outcomes.
    law : mapping
        Probability of each outcome that is possible.
    spell : callable
        An outcome's name, as students know it.

    Returns
    -------
    dict or None
        ``bars`` (label, seen and expected share of each, at most `BARS`), ``others`` (the shares of all the
        rest together) and ``drawn`` (how many were drawn); None where nothing was drawn.
    """
    counts = Counter(sample)
    drawn = sum(counts.values())
    if not drawn:
        return None
    outcomes = sorted({*counts, *law}, key=lambda o: -max(counts[o] / drawn, law.get(o, 0.0)))
    kept = outcomes[:BARS]
    bars = [
        {"label": label(spell(o)), "seen": number(counts[o] / drawn), "expected": number(law.get(o, 0.0))}
        for o in kept
    ]
    rest_seen = 1 - sum(counts[o] for o in kept) / drawn
    rest_expected = max(0.0, round(1 - sum(law.get(o, 0.0) for o in kept), 9))
    others = {
        "count": len(outcomes) - len(kept),
        "seen": number(rest_seen),
        "expected": number(rest_expected),
    }
    return {"kind": "distribution", "bars": bars, "others": others, "drawn": drawn}


def curve(
    losses: Sequence[float], goal: float | None = None, steps: Sequence[int] | None = None
) -> Evidence | None:
    """Losses in the course of a training.

    Parameters
    ----------
    losses : sequence of float
        In nats.
    goal : float, optional
        The loss that had to be reached.
    steps : sequence of int, optional
        The training step of each loss; 0, 1, 2, ... where left out.

    Returns
    -------
    dict or None
        ``losses`` and ``steps`` (at most `POINTS`, evenly chosen, with the first and the last) and ``goal``.
    """
    values = _numbers(list(losses))
    if values is None or values.ndim != 1 or len(values) < 2:
        return None
    found = values.tolist()
    at = list(range(len(found))) if steps is None else list(steps)
    if len(at) != len(found):
        return None
    chosen = sorted({round(i * (len(found) - 1) / (POINTS - 1)) for i in range(POINTS)})
    return {
        "kind": "curve",
        "losses": [number(found[i]) for i in chosen],
        "steps": [int(at[i]) for i in chosen],
        "goal": None if goal is None else number(goal),
    }


def number(value: float) -> Number:
    """A number with four digits, or the word for one that is not finite."""
    value = float(value)
    return float(f"{value:.4g}") if math.isfinite(value) else str(value)


def label(text: Any) -> str:
    """A short name in one line; what cannot be seen is spelled out."""
    plain = str(text)
    if not plain or not plain.isprintable() or plain != plain.strip() or " " in plain:
        plain = repr(plain)
    cut = plain if len(plain) <= LABEL else f"{plain[: LABEL - 1]}…"
    return cut.encode("utf-8", "replace").decode("utf-8")


def _numbers(value: Any) -> torch.Tensor | None:
    """A tensor of doubles; None of what is no array of real numbers."""
    if isinstance(value, torch.Tensor):
        return None if value.is_complex() else value.detach().cpu().double()
    try:
        return torch.tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def _short(numbers: torch.Tensor) -> bool:
    """Whether two digits are enough for each."""
    return bool(((numbers == numbers.round()) & (numbers.abs() < 100) | ~numbers.isfinite()).all())


def _window(place: int, size: int, cells: int) -> int:
    return max(0, min(place - cells // 2, size - cells))


def _rows(part: torch.Tensor) -> list[list[Number]]:
    return [[number(x) for x in row] for row in part.tolist()]
