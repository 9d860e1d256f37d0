"""causal_mask: rows of floats, 0.0 where a position may look, -inf where it may not."""

import pytest

from grader.bridge import StudentError
from grader.checks.diagnose import named
from grader.checks.numbers import agree, ask, differs, is_list, shape
from reference.pure_python.attention import causal_mask
from reference.pure_python.wrong_attention import CAUSAL_MASK

pytestmark = pytest.mark.exercise("causal_mask")


def cause_of_shape(value, n):
    """What a wrong nesting shows."""
    if value is None:
        return named(CAUSAL_MASK, "nothing_returned")
    if not is_list(value):
        return None
    if shape(value) == (n * n,):
        return named(CAUSAL_MASK, "flat_list")
    texts = any(isinstance(x, str) for row in value if is_list(row) for x in row)
    return named(CAUSAL_MASK, "text_for_infinity") if texts else None


@pytest.mark.points(0.5)
@pytest.mark.title(fr="n lignes de n nombres")
def test_shape(student, sizes):
    """n rows of n numbers"""
    inputs = [(n,) for n in sizes if n > 1]
    for answer, (n,) in zip(ask(student, "causal_mask", inputs), inputs, strict=True):
        if isinstance(answer, StudentError):
            raise answer
        if shape(answer.value) != (n, n):
            differs(answer, answer.value, causal_mask(n), cause_of_shape(answer.value, n))


@pytest.mark.points(1.5)
@pytest.mark.title(fr="0.0 sur la diagonale et avant, -inf après")
def test_values(student, sizes):
    """0.0 on the diagonal and before it, -inf after it"""
    # Every misconception shows from 3 positions on; a mask of one position says little.
    inputs = [(n,) for n in sorted(sizes, key=lambda n: (n < 3, n))]
    agree(ask(student, "causal_mask", inputs), inputs, causal_mask, CAUSAL_MASK)
