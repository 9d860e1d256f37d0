"""dot: the scalar product of two vectors."""

import pytest

from grader.checks.numbers import agree, ask, keep
from reference.pure_python.attention import dot
from reference.pure_python.wrong_attention import DOT

pytestmark = pytest.mark.exercise("dot")


@pytest.fixture
def inputs(draw):
    """Vectors of several lengths, shortest first; floats, then ints; then numbers that come back."""
    made = [(draw.vector(n), draw.vector(n)) for n in (1, 2, 3, 4, 4, 9)]
    made += [([1, -2, 3], [4, 5, -6]), ([2.0, 0.0], [0.0, 3.0])]
    again = [2.0, 2.0, 0.0, 1.0]
    return [*made, (again, [3.0, 3.0, 5.0, 1.0]), (again, [3.0, 4.0, 4.0, 1.0])]


@pytest.mark.points(0.75)
@pytest.mark.title(fr="La somme des produits, pour toute longueur")
def test_values(student, inputs):
    """The sum of the products, for any length"""
    agree(ask(student, "dot", inputs), inputs, dot, DOT)


@pytest.mark.points(0.25)
@pytest.mark.vacuous
@pytest.mark.title(fr="Les vecteurs ne changent pas")
def test_vectors_are_kept(student, inputs):
    """The vectors are not changed"""
    keep(ask(student, "dot", inputs), inputs, {0: "a", 1: "b"}, DOT, "argument_changed")
