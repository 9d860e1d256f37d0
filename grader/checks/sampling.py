"""Judges random draws against a distribution that is known exactly.

A right sampler must pass although it draws at random, and a wrong one must not pass by luck.  So
every test states its chance of failing a right answer, and a failure stands only when a second,
larger sample fails too: two independent rejections at `ALPHA` make `ALPHA`² (1e-7), which leaves
a factor of ten to the chi-square approximation (`tests/unit/test_checks.py` measures both, and the
power against each wrong sampler).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scipy import stats

ALPHA = 3e-4  # chance that one sample rejects a right sampler
ALIKE = 52  # texts; where a wrong sampler's differ in every eighth, all are alike once in a thousand times
RARE = 10.0  # outcomes expected less often than this are pooled, so that chi-square holds


@dataclass(frozen=True)
class Deviation:
    """A sample that does not follow its law.

    Parameters
    ----------
    where : int
        Which of the conditions it was.
    outcome : hashable
        The outcome that is furthest from what was expected.
    seen, expected : float
        Its share in the sample, and its probability.
    drawn : int
        Size of the sample.
    sample : sequence
        The outcomes themselves.
    law : mapping
        The probability of each.
    """

    where: int
    outcome: Any
    seen: float
    expected: float
    drawn: int
    sample: Sequence[Any] = ()
    law: Mapping[Any, float] = field(default_factory=dict)


def p_value(sample: Sequence[Hashable], law: Mapping[Any, float]) -> float:
    """Chance of a sample at least this far from its law (Pearson's chi-square).

    Parameters
    ----------
    sample : sequence
        Outcomes.
    law : mapping
        Probability of each outcome that is possible; sums to 1.

    Returns
    -------
    float
        0.0 where an outcome occurred that the law excludes.
    """
    seen, n = Counter(sample), len(sample)
    if any(law.get(outcome, 0.0) <= 0.0 for outcome in seen):
        return 0.0
    cell = cells(law, n)
    size = max(cell.values()) + 1
    if size < 2:
        return 1.0
    observed, expected = [0] * size, [0.0] * size
    for outcome, p in law.items():
        observed[cell[outcome]] += seen[outcome]
        expected[cell[outcome]] += p * n
    scale = n / sum(expected)
    return float(stats.chisquare(observed, [e * scale for e in expected]).pvalue)


def cells(law: Mapping[Any, float], n: int) -> dict[Any, int]:
    """Which outcomes are counted together in a sample of n, so that chi-square holds.

    Parameters
    ----------
    law : mapping
        Probability of each outcome that is possible.
    n : int

    Returns
    -------
    dict
        Number of the cell of each outcome, from 0 on.  What is rare shares one cell, or where that would be too
        little, the cell of the least likely common outcome.
    """
    common = [outcome for outcome, p in law.items() if p * n >= RARE]
    cell = {outcome: number for number, outcome in enumerate(common)}
    rare = [outcome for outcome in law if outcome not in cell]
    if sum(law[outcome] for outcome in rare) * n >= RARE or not common:
        rest = len(common)
    else:
        rest = cell[min(common, key=law.__getitem__)]
    return cell | dict.fromkeys(rare, rest)


def distance(other: Mapping[Any, float], law: Mapping[Any, float], n: int) -> float:
    """Chi-square distance of another law, per draw, as far as a sample of n shows it; without what the law excludes."""
    cell = cells(law, n)
    q, p = [0.0] * (max(cell.values()) + 1), [0.0] * (max(cell.values()) + 1)
    for outcome, number in cell.items():
        q[number] += other.get(outcome, 0.0)
        p[number] += law[outcome]
    return sum((x - y) ** 2 / y for x, y in zip(q, p, strict=True) if y > 0)


def excluded(other: Mapping[Any, float], law: Mapping[Any, float]) -> float:
    """How likely another law's outcome is one that the law excludes: one such, and a sample is rejected."""
    return sum(p for outcome, p in other.items() if law.get(outcome, 0.0) <= 0.0)


def rejected(
    samples: Sequence[Sequence[Any]], laws: Sequence[Mapping[Any, float]], alpha: float = ALPHA
) -> int | None:
    """Index of the sample that fits its law worst, if the samples together reject their laws.

    Parameters
    ----------
    samples, laws : sequence
        One of each a condition; Bonferroni's correction keeps the chance of rejecting right
        samples at most `alpha` for all of them together.
    """
    values = [p_value(s, law) for s, law in zip(samples, laws, strict=True)]
    worst = min(range(len(values)), key=values.__getitem__)
    return worst if values[worst] * len(values) < alpha else None


def deviation(
    draw: Callable[[int, Sequence[int]], Sequence[Sequence[Any]]],
    laws: Sequence[Mapping[Any, float]],
    first: int,
    second: int,
) -> Deviation | None:
    """Draw, judge, and where the first sample fails draw again there, more, before saying so.

    Parameters
    ----------
    draw : callable
        ``draw(n, conditions)`` gives for each of these conditions, by their index, n outcomes, new at every call.
    laws : sequence of mapping
        What each condition's outcomes should follow.
    first, second : int
        Sizes of the two samples.

    Returns
    -------
    Deviation or None
        None where the first sample agrees with the laws, or the second with that of the condition where the
        first was furthest from its own.
    """
    where = rejected(draw(first, range(len(laws))), laws)
    if where is None:
        return None
    (sample,) = draw(second, [where])
    if rejected([sample], [laws[where]]) is None:
        return None
    outcome, seen, expected = furthest(sample, laws[where])
    return Deviation(where, outcome, seen, expected, len(sample), sample, laws[where])


def agrees(sample: Sequence[Any], law: Mapping[Any, float], alpha: float = 1e-6) -> bool:
    """Whether a sample may come from a law of which only the likely outcomes are given."""
    rest = max(0.0, 1.0 - sum(law.values()))
    seen = [outcome if outcome in law else None for outcome in sample]
    return p_value(seen, {**law, None: rest}) >= alpha


def furthest(sample: Sequence[Any], law: Mapping[Any, float]) -> tuple[Any, float, float]:
    """The outcome whose share differs most from its probability; with both."""
    seen, n = Counter(sample), max(len(sample), 1)
    outcome = max({*seen, *law}, key=lambda o: abs(seen[o] / n - law.get(o, 0.0)))
    return outcome, seen[outcome] / n, law.get(outcome, 0.0)
