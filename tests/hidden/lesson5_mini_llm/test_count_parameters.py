"""count_parameters: how many numbers a model of these sizes holds."""

import pytest

from grader.checks.numbers import differs, explains, same
from reference.pure_python.mini_llm import CONTEXT, EMBED_DIM, HIDDEN_DIM, VOCAB_SIZE, count_parameters
from reference.pure_python.wrong_mini_llm import COUNT

pytestmark = pytest.mark.exercise("count_parameters")


def judge(student, rng, judged):
    """Ask for the lesson's sizes and others; fail where one of those `judged` is wrong.

    The cause is looked for in all of them: at the lesson's sizes alone some ideas look the same.
    """
    others = [tuple(rng.sample(range(2, high), 4)) for high in (9, 30, 100, 400)]
    inputs = [(VOCAB_SIZE, EMBED_DIM, CONTEXT, HIDDEN_DIM), *others]
    answers = student.calls("count_parameters", [(sizes, {}) for sizes in inputs])
    for answer, sizes in list(zip(answers, inputs, strict=True))[judged]:
        expected = count_parameters(*sizes)
        if not same(answer.value, expected):
            name = "nothing_returned" if answer.value is None else None
            cause = next((m for m in COUNT if m.id == name), None)
            differs(
                answer, answer.value, expected, cause or explains([a.value for a in answers], inputs, COUNT)
            )


@pytest.mark.points(0.25)
@pytest.mark.title(fr="2 832 paramètres pour Plume")
def test_our_machine(student, rng):
    """2,832 parameters for the lesson's sizes"""
    judge(student, rng, slice(0, 1))


@pytest.mark.points(0.75)
@pytest.mark.title(fr="Le bon nombre pour d'autres tailles")
def test_other_sizes(student, rng):
    """The right number for other sizes"""
    judge(student, rng, slice(1, None))
