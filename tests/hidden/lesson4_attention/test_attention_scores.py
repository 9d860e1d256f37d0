"""attention_scores: query·key / sqrt(d) for each key."""

import pytest

from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.numbers import agree, ask, explains, keep, observed
from reference.pure_python import attention as lesson
from reference.pure_python.wrong_attention import ATTENTION_SCORES

pytestmark = pytest.mark.exercise("attention_scores", relies_on={"dot": carried(lesson.dot)})

SIZES = [(1, 1), (2, 3), (3, 2), (3, 3), (4, 4), (4, 6), (9, 5)]  # numbers in a key, keys


@pytest.fixture
def inputs(draw):
    """Queries and keys of several sizes, smallest first; then one query with two lists of keys, one key twice."""
    made = [(draw.vector(d), draw.matrix(n, d)) for d, n in SIZES]
    query, (a, b, c) = draw.vector(3), draw.matrix(3, 3)
    return [*made, (query, [a, b, a, c]), (query, draw.matrix(4, 3))]


@pytest.mark.points(1.5)
@pytest.mark.title(fr="query·key / sqrt(d), un score par key")
def test_values(student, inputs):
    """query·key / sqrt(d), one score a key"""
    answers = ask(student, "attention_scores", inputs)
    columns = named(ATTENTION_SCORES, "columns_for_keys")
    # Of lists of two lengths the student's own `dot` decides; where both are one, columns show.
    square = [i for i, (query, keys) in enumerate(inputs) if len(query) == len(keys)]
    by_columns = explains([observed(answers[i])[0] for i in square], [inputs[i] for i in square], [columns])
    agree(
        answers,
        inputs,
        lesson.attention_scores,
        ATTENTION_SCORES,
        otherwise=columns.id if by_columns else None,
    )


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Ni la query ni les keys ne changent")
def test_arguments_are_kept(student, inputs):
    """Neither the query nor the keys are changed"""
    answers = ask(student, "attention_scores", inputs)
    keep(answers, inputs, {0: "query", 1: "keys"}, ATTENTION_SCORES, "argument_changed")
