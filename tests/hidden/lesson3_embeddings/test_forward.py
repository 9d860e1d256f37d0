"""forward: the scores b[j] + sum over i of context[i]·W[i][j]."""

import pytest

from grader.bridge import StudentError
from grader.checks.numbers import agree, ask, keep
from reference.pure_python.embeddings import VOCAB_SIZE, forward
from reference.pure_python.wrong_embeddings import FORWARD

pytestmark = pytest.mark.exercise("forward")

NAMES = ("context", "W", "b")

SIZES = [(1, 2), (2, 2), (3, 3), (2, 4), (5, 3)]  # numbers in the context, letters


@pytest.fixture
def inputs(draw):
    """Small models, then the lesson's own size; at the end one context twice, in which numbers come back.

    Who looks a number's place up by the number, or an answer up by its context, shows there only.
    """
    made = [(draw.vector(n), draw.matrix(n, v), draw.vector(v)) for n, v in SIZES]
    made += [(draw.vector(24), *draw.model()) for _ in range(3)]
    again, (W, _) = draw.context(), draw.model()
    return [*made, (again, *draw.model()), (again, W, [0.0] * VOCAB_SIZE)]


def own_size(inputs):
    """Which of them have the lesson's size."""
    return [i for i, (_, _, b) in enumerate(inputs) if len(b) == VOCAB_SIZE]


@pytest.mark.points(1)
@pytest.mark.title(fr="Les scores du modèle de la leçon")
def test_scores(student, inputs):
    """The scores of the lesson's model"""
    answers = ask(student, "forward", inputs, names=NAMES)
    agree(answers, inputs, forward, FORWARD, calls=own_size(inputs))


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Les scores d'un modèle d'une autre taille")
def test_other_sizes(student, inputs):
    """The scores of a model of another size"""
    answers = ask(student, "forward", inputs, names=NAMES)
    large = own_size(inputs)
    failed = [i for i, a in enumerate(answers) if isinstance(a, StudentError)]
    only_small = bool(failed) and not set(failed) & set(large)
    agree(
        answers,
        inputs,
        forward,
        FORWARD,
        calls=[i for i in range(len(inputs)) if i not in large],
        otherwise="sizes_hard_coded" if only_small and answers[failed[0]].name == "IndexError" else None,
    )


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Ni `b` ni les autres arguments ne changent")
def test_arguments_are_kept(student, inputs):
    """Neither `b` nor the other arguments are changed"""
    calls = own_size(inputs)
    answers = ask(student, "forward", [inputs[i] for i in calls], names=NAMES)
    keep(answers, [inputs[i] for i in calls], {2: "b"}, FORWARD, "bias_changed")
    keep(answers, [inputs[i] for i in calls], {0: "context", 1: "W"})
