"""causal_self_attention: each position mixes the vectors of itself and of the past."""

import pytest

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.numbers import agree, ask, is_list, is_number, keep
from reference.pure_python import attention as lesson
from reference.pure_python.wrong_attention import CAUSAL_SELF_ATTENTION

RELIES_ON = {
    "dot": carried(lesson.dot),
    "attention_scores": carried(lesson.attention_scores),
    "attention": carried(lesson.attention),
    "causal_mask": carried(lesson.causal_mask),
}
pytestmark = pytest.mark.exercise("causal_self_attention", relies_on=RELIES_ON)

SIZES = [(2, 2), (3, 2), (3, 3), (4, 4), (5, 1), (6, 8), (1, 3)]  # positions, numbers in a vector


@pytest.fixture
def inputs(draw):
    """Vectors of several positions and sizes, fewest positions first; then a vector that comes back."""
    a, b = draw.matrix(2, 2)
    return [*((draw.matrix(n, d),) for n, d in SIZES), ([a, b, a],)]


def judge(student, inputs, item):
    """Compare one of (outputs, weights) with the reference; both tell the cause."""
    answers = ask(student, "causal_self_attention", inputs)
    agree(answers, inputs, lesson.causal_self_attention, CAUSAL_SELF_ATTENTION, item=item)
    return answers


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Les poids de chaque position, sur elle-même et sur le passé")
def test_weights(student, inputs):
    """The weights of each position, on itself and on the past"""
    judge(student, inputs, 1)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Les poids du futur sont exactement 0.0")
def test_the_future_weighs_nothing(student, inputs):
    """The weights of the future are exactly 0.0"""
    for answer, (vectors,) in zip(ask(student, "causal_self_attention", inputs), inputs, strict=True):
        if isinstance(answer, StudentError):
            raise answer
        n, value = len(vectors), answer.value
        weights = value[1] if is_list(value) and len(value) == 2 else None
        for i in range(n):
            for j in range(i + 1, n):
                weight = entry(weights, i, j)
                if not (is_number(weight) and weight == 0):
                    told(answer, i, j, weight, n)


def entry(weights, i, j):
    """weights[i][j], or None where there is no such place."""
    row = weights[i] if is_list(weights) and len(weights) > i else None
    return row[j] if is_list(row) and len(row) > j else None


def told(answer, i, j, weight, n):
    """Fail at a weight of the future; the test of the weights finds what explains larger ones."""
    tiny = is_number(weight) and 0 < abs(weight) < 1e-6
    shown = repr(weight)[:40]
    cause = named(CAUSAL_SELF_ATTENTION, "minus_one_for_minus_inf") if tiny else None
    fail(
        f"The weights of `{answer.call}` hold {shown} at [{i}][{j}]; exactly 0.0 was expected above the "
        f"diagonal of {n} rows.",
        f"Les poids de `{answer.call}` contiennent {shown} en [{i}][{j}] ; on attendait exactement 0.0 "
        f"au-dessus de la diagonale de {n} lignes.",
        cause.id if cause else None,
        cause.sentence if cause else None,
    )


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Les sorties : les vecteurs mélangés selon les poids")
def test_outputs(student, inputs):
    """The outputs: the vectors, mixed as the weights say"""
    judge(student, inputs, 0)


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Les vecteurs ne changent pas")
def test_vectors_are_kept(student, inputs):
    """The vectors are not changed"""
    answers = ask(student, "causal_self_attention", inputs)
    keep(answers, inputs, {0: "vectors"}, CAUSAL_SELF_ATTENTION, "argument_changed")
