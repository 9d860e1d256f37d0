"""create_causal_mask: float, 0 where a position may look, -inf where it may not."""

import pytest
import torch

from grader.checks import expect
from reference.pytorch.mini_gpt import create_causal_mask
from reference.pytorch.misconceptions import MASK

pytestmark = pytest.mark.exercise("create_causal_mask")


def masks(student, sizes):
    """The student's mask of each size, asked for in one message."""
    return student.calls("create_causal_mask", [((n,), {}) for n in sizes])


def wrong_shape(sizes, answers):
    """What a wrong shape tells once all sizes are seen; None where nothing is known."""
    shapes = [tuple(a.value.shape) if isinstance(a.value, torch.Tensor) else None for a in answers]
    if None not in shapes and len(set(shapes)) == 1:
        return "hard_coded_size"
    if all(shape == (n,) for n, shape in zip(sizes, shapes, strict=True)):
        return "one_row_only"
    return None


@pytest.mark.points(1)
@pytest.mark.title(fr="Un tenseur de flottants de forme (seq_len, seq_len)")
def test_shape(student, sizes, rng):
    """A float tensor of shape (seq_len, seq_len)"""
    sizes = [*sizes, rng.randrange(150, 260)]  # whoever cuts it from a table of 100 has too little
    answers = masks(student, sizes)
    for n, answer in zip(sizes, answers, strict=True):
        expect(answer, MASK).is_float_tensor(n, n, else_known_as=wrong_shape(sizes, answers))


@pytest.mark.points(3)
@pytest.mark.title(fr="0 sur la diagonale et en dessous, -inf au-dessus")
def test_values(student, sizes):
    """0 on and below the diagonal, -inf above"""
    # Every misconception shows from 3 positions on; a mask of one position says little.
    sizes = sorted(sizes, key=lambda n: (n < 3, n))
    answers = masks(student, sizes)
    for n, answer in zip(sizes, answers, strict=True):
        reading = expect(answer, MASK).is_float_tensor(n, n, else_known_as=wrong_shape(sizes, answers))
        reading.equals(create_causal_mask(n), given=(n,))
