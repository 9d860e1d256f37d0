"""From test outcomes to a cell's points: the one place where a score is decided.

The score is a finite number between 0 and the cell's maximum, whatever the tests' points add up to.
"""

from __future__ import annotations

import math

from grader.result import ExerciseResult


def points_for(fraction: float, max_score: float) -> float:
    """Points of a cell.

    Parameters
    ----------
    fraction : float
        Share of the hidden tests' points, in [0, 1]; anything else counts as 0.
    max_score : float
        The cell's maximum, from the gradebook.

    Returns
    -------
    float
        In [0, max_score], rounded to a hundredth, but full marks only for full success.
    """
    if not (math.isfinite(fraction) and math.isfinite(max_score)) or not 0 <= fraction <= 1 or max_score <= 0:
        return 0.0
    if fraction == 1.0:
        return float(max_score)
    rounded = round(fraction * max_score, 2)
    return rounded if rounded < max_score else max(0.0, round(max_score - 0.01, 2))


def better(first: ExerciseResult, second: ExerciseResult) -> ExerciseResult:
    """The result with more points; the first where they tie."""
    return second if second.fraction > first.fraction else first


def plain_score(text: object, max_score: float) -> float:
    """Points of a test cell without hidden tests, from the value that its last line showed.

    nbgrader gives full marks to nan, negative numbers, ``True`` and ``tensor(1.)``, and stops the
    batch above the maximum; here only a number in [0, max_score] counts, anything else is 0.

    Parameters
    ----------
    text : object
        ``text/plain`` of the execute_result.
    max_score : float
    """
    return float(str(text)) if is_score(text, max_score) else 0.0


def is_score(text: object, max_score: float) -> bool:
    """Whether a shown value is a finite number in [0, max_score], written as one."""
    try:
        number = float(text) if isinstance(text, str) else math.nan
    except ValueError:
        return False
    return math.isfinite(number) and 0 <= number <= max_score
