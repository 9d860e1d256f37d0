"""attention_scores: query·key / sqrt(d) for each key."""

import pytest

from grader.checks.carried import carried
from grader.checks.numbers import agree, ask, keep
from reference.pure_python import attention as lesson
from reference.pure_python.wrong_attention import ATTENTION_SCORES

pytestmark = pytest.mark.exercise("attention_scores", relies_on={"dot": carried(lesson.dot)})

SIZES = [(1, 1), (2, 3), (3, 2), (3, 3), (4, 4), (4, 6), (9, 5)]  # numbers in a key, keys


@pytest.fixture
def inputs(draw):
    """Queries and keys of several sizes, smallest first."""
    return [(draw.vector(d), draw.matrix(n, d)) for d, n in SIZES]


@pytest.mark.points(1.5)
@pytest.mark.title(fr="query·key / sqrt(d), un score par key")
def test_values(student, inputs):
    """query·key / sqrt(d), one score a key"""
    agree(ask(student, "attention_scores", inputs), inputs, lesson.attention_scores, ATTENTION_SCORES)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Ni la query ni les keys ne changent")
def test_arguments_are_kept(student, inputs):
    """Neither the query nor the keys are changed"""
    keep(ask(student, "attention_scores", inputs), inputs, {0: "query", 1: "keys"})
