"""create_causal_mask: float, 0 where a position may look, -inf where it may not."""

import pytest

from grader.checks import expect
from reference.pytorch.mini_gpt import create_causal_mask
from reference.pytorch.misconceptions import MASK

pytestmark = pytest.mark.exercise("create_causal_mask")


@pytest.mark.points(1)
def test_shape(student, sizes):
    """A float tensor of shape (seq_len, seq_len)."""
    for n, answer in zip(sizes, student.calls("create_causal_mask", [((n,), {}) for n in sizes]), strict=True):
        expect(answer, MASK).is_float_tensor(n, n)


@pytest.mark.points(3)
def test_values(student, sizes):
    """0 on and below the diagonal, -inf above."""
    # A mask of one position says little: every misconception shows from 3 positions on.
    sizes = [3, *(n for n in sizes if n != 3)]
    for n, answer in zip(sizes, student.calls("create_causal_mask", [((n,), {}) for n in sizes]), strict=True):
        expect(answer, MASK).is_float_tensor(n, n).equals(create_causal_mask(n), given=(n,))
