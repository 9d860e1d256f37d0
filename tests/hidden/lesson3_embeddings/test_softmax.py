"""softmax: probabilities that follow exp(score), for scores of any size."""

import math

import pytest

from grader.bridge import StudentError
from grader.checks.diagnose import named
from grader.checks.numbers import agree, as_float, ask, differs, is_list, is_number, keep, raised, same
from reference.pure_python.embeddings import softmax
from reference.pure_python.wrong_embeddings import SOFTMAX

pytestmark = pytest.mark.exercise("softmax")


def mild(draw):
    """Scores that any way of computing survives, fewest first; then two equal ones and one far below."""
    made = [(draw.vector(n, 2.0),) for n in (2, 3, 3, 5, 27)] + [([3, 1, -2, 0],), (draw.vector(1),)]
    return [*made, ([0.5, 0.5, 2.0],), ([0.0, -12.0],)]


@pytest.mark.points(1)
@pytest.mark.title(fr="Des probabilités proportionnelles à exp(score)")
def test_values(student, draw):
    """Probabilities in proportion to exp(score)"""
    inputs = mild(draw)
    agree(ask(student, "softmax", inputs), inputs, softmax, SOFTMAX)


@pytest.mark.points(0.75)
@pytest.mark.title(fr="Justes aussi pour des scores de ±1000 et au-delà")
def test_large_scores(student, rng):
    """Right for scores of ±1000 and beyond, too"""
    step = round(rng.uniform(0.5, 1.5), 1)
    huge = float(rng.randrange(2000, 9000))
    inputs = [
        ([1000.0, 1000.0 - step],),
        ([-1000.0, -1000.0 - step],),
        ([1000.0, 0.0, -1000.0],),
        ([-1000.0 + step, -1002.0, -1000.0, -1001.0],),
        ([huge, huge + step, -huge],),
        ([-huge, -huge - step],),
        # The first score, or the largest in size, is not the one to take off.
        ([-1000.0, 0.0, step],),
        ([0.0, 1000.0],),
        ([-huge, 5.0, huge],),
    ]
    for answer, given in zip(ask(student, "softmax", inputs), inputs, strict=True):
        if isinstance(answer, StudentError):
            broke = answer.name in ("OverflowError", "ZeroDivisionError", "ValueError")
            raised(answer, named(SOFTMAX, "overflow") if broke else None)
        if not same(answer.value, softmax(*given)):
            differs(answer, answer.value, softmax(*given), large_cause(answer.value, *given))


def large_cause(seen, scores):
    """What wrong shares of large scores show."""
    if not is_list(seen) or len(seen) != len(scores) or not all(is_number(p) for p in seen):
        return None
    seen = [as_float(p) for p in seen]
    if any(not math.isfinite(p) for p in seen) or not any(seen):
        return named(SOFTMAX, "overflow")
    first, second = sorted(range(len(scores)), key=lambda j: -scores[j])[:2]
    return named(SOFTMAX, "scores_clipped") if seen[first] == seen[second] else None


@pytest.mark.points(0.25)
@pytest.mark.vacuous
@pytest.mark.title(fr="La liste des scores ne change pas")
def test_scores_are_kept(student, draw):
    """The list of scores is not changed"""
    inputs = mild(draw)
    keep(ask(student, "softmax", inputs), inputs, {0: "scores"}, SOFTMAX, "argument_changed")
