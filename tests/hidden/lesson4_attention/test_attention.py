"""attention: the weighted sum of the values, and the softmax weights."""

import pytest

from grader.checks.carried import carried
from grader.checks.numbers import agree, ask, keep
from reference.pure_python import attention as lesson
from reference.pure_python.wrong_attention import ATTENTION

RELIES_ON = {"dot": carried(lesson.dot), "attention_scores": carried(lesson.attention_scores)}
pytestmark = pytest.mark.exercise("attention", relies_on=RELIES_ON)

SIZES = [(2, 2, 2), (1, 2, 3), (2, 3, 1), (3, 3, 3), (4, 5, 4), (4, 4, 7), (8, 3, 5), (3, 1, 2)]


@pytest.fixture
def inputs(draw):
    """Queries, keys and values: d numbers in a key, n of them, v numbers in a value.

    In the last call two keys are equal, and so are their weights; their values are not.
    """
    made = [(draw.vector(d), draw.matrix(n, d), draw.matrix(n, v)) for d, n, v in SIZES]
    query = draw.vector(2)
    low, high = sorted(draw.matrix(2, 2), key=lambda key: lesson.dot(query, key))  # no tie for the best key
    return [*made, (query, [low, high, low], draw.matrix(3, 2))]


def judge(student, inputs, item):
    """Compare one of (output, weights) with the reference; both tell the cause."""
    agree(ask(student, "attention", inputs), inputs, lesson.attention, ATTENTION, item=item)


@pytest.mark.points(1.25)
@pytest.mark.title(fr="Les poids : softmax des scores")
def test_weights(student, inputs):
    """The weights: softmax of the scores"""
    judge(student, inputs, 1)


@pytest.mark.points(1.25)
@pytest.mark.title(fr="La sortie : la somme des values, chacune avec son poids")
def test_output(student, inputs):
    """The output: the sum of the values, each with its weight"""
    judge(student, inputs, 0)


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Ni la query, ni les keys, ni les values ne changent")
def test_arguments_are_kept(student, inputs):
    """Neither the query nor the keys nor the values are changed"""
    answers = ask(student, "attention", inputs)
    keep(answers, inputs, {0: "query", 1: "keys", 2: "values"}, ATTENTION, "argument_changed")
