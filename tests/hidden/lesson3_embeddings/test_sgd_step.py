"""sgd_step: the loss before the step, and W and b changed in place by one step of gradient descent.

Models have the lesson's size: that the step works at others, the contract does not say.
"""

import pytest

from grader.checks.carried import carried
from grader.checks.numbers import agree, ask, keep
from reference.pure_python import embeddings as lesson
from reference.pure_python.wrong_embeddings import SGD_STEP

RELIES_ON = {"softmax": carried(lesson.softmax), "forward": carried(lesson.forward)}
pytestmark = pytest.mark.exercise("sgd_step", relies_on=RELIES_ON)

NAMES = ("context", "target", "W", "b", "lr")

CHANGED = {2: "W", 3: "b"}


@pytest.fixture
def inputs(draw):
    """Steps from random models, towards the dot and towards letters; in the last two numbers come back.

    A model of zeros gives all letters the same error: who looks a place up by its number, shows there.
    """
    rng = draw.rng
    targets = [rng.randrange(1, 27), 0, rng.randrange(1, 27)]
    rates = [round(rng.uniform(low, high), 2) for low, high in ((0.05, 0.1), (0.2, 0.4), (0.5, 0.8))]
    steps = [(draw.vector(24), t, *draw.model(), lr) for t, lr in zip(targets, rates, strict=True)]
    again, zeros = draw.context(), [0.0] * lesson.VOCAB_SIZE
    steps.append((again, rng.randrange(1, 27), *draw.model(), rates[1]))
    return [*steps, (again, rng.randrange(3, 27), [zeros] * 24, zeros, rates[0])]


@pytest.mark.points(1)
@pytest.mark.title(fr="Renvoie la perte d'avant le pas")
def test_loss(student, inputs):
    """Returns the loss before the step"""
    answers = ask(student, "sgd_step", inputs, names=NAMES)
    agree(answers, inputs, lesson.sgd_step, SGD_STEP, changed=CHANGED, parts=[0])


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Change W et b sur place, d'un pas de descente de gradient")
def test_step(student, inputs):
    """Changes W and b in place, by one step of gradient descent"""
    answers = ask(student, "sgd_step", inputs, names=NAMES)
    agree(answers, inputs, lesson.sgd_step, SGD_STEP, changed=CHANGED, parts=[1, 2])


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Le contexte ne change pas")
def test_context_is_kept(student, inputs):
    """The context is not changed"""
    answers = ask(student, "sgd_step", inputs, names=NAMES)
    keep(answers, inputs, {0: "context"}, SGD_STEP, "context_changed")
