"""sgd_update: every parameter changes in place by -lr times its gradient."""

import pytest

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.diagnose import named
from grader.checks.letter_model import random_params
from grader.checks.name_writer import same_params
from grader.checks.numbers import described, first_difference, same, shape
from reference.pure_python import training
from reference.pure_python.mini_llm import SHAPES
from reference.pure_python.wrong_training import UPDATE

pytestmark = pytest.mark.exercise("sgd_update")


def repeat(params, grads, rng):
    """Puts in what a real training has: gradients of zero before others that are not, and equal numbers and rows.

    Who stops at a zero, or looks for a number by its value (`index`), changes the wrong ones.
    """
    first, second, third, fourth = sorted(rng.sample(range(SHAPES["tok_emb"][0] - 1), 4))
    grads["tok_emb"][first] = [0.0] * SHAPES["tok_emb"][1]
    params["tok_emb"][second] = list(params["tok_emb"][first])
    grads["tok_emb"][fourth] = list(grads["tok_emb"][third])
    grads["W1"][0] = [0.0] * SHAPES["W1"][1]
    params["W1"][1] = [params["W1"][1][0]] * SHAPES["W1"][1]
    grads["W1"][1][0] = 0.0
    params["b1"] = [0.0] * SHAPES["b1"][0]
    grads["b1"][0] = grads["b1"][5] = 0.0
    grads["b1"][4] = grads["b1"][2]


@pytest.fixture
def step(student, seen, rng):
    """Function that takes one step: (call, before, grads, after, grads after), seen in what was passed in."""

    def take(lr):
        before, grads = random_params(rng, SHAPES), random_params(rng, SHAPES, 0.5)
        repeat(before, grads, rng)
        params, slopes = student.place(before), student.place(grads)
        call = f"sgd_update(params, grads, {lr})"
        try:
            # What it returns is free, so it stays where it is.
            student.calls("sgd_update", [((params, slopes, lr), {})], keep=True)
        except StudentError as error:
            error.call = call
            raise
        return call, before, grads, seen(params), seen(slopes)

    return take


@pytest.mark.points(0.75)
@pytest.mark.title(fr="Les matrices changent sur place de -lr fois leur gradient")
def test_matrices(step, rng):
    """The matrices change in place by -lr times their gradient"""
    judge(step, rng, [name for name, sizes in SHAPES.items() if len(sizes) == 2])


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Les biais b1 et b2 aussi")
def test_biases(step, rng):
    """The biases b1 and b2 too"""
    judge(step, rng, ["b1", "b2"])


@pytest.mark.points(0.25)
@pytest.mark.vacuous
@pytest.mark.title(fr="Un pas de longueur nulle ne change rien")
def test_no_step(step):
    """A step of length zero changes nothing"""
    call, before, _, after, _ = step(0.0)
    if not same_params(after, before, 1e-12):
        fail(f"`{call}` changed the parameters.", f"`{call}` a modifié les paramètres.")


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Les gradients restent comme ils étaient")
def test_gradients_stay(step):
    """The gradients stay as they were"""
    call, _, grads, _, now = step(0.1)
    if not same_params(now, grads):
        cause = named(UPDATE, "grads_changed")
        fail(f"`{call}` changed `grads`.", f"`{call}` a modifié `grads`.", cause.id, cause.sentence)


def judge(step, rng, names):
    """Fail where one of these entries is not what it should be after a step."""
    lr = round(rng.uniform(0.01, 0.09), 3)
    call, before, grads, after, _ = step(lr)
    expected = {n: [list(r) if isinstance(r, list) else r for r in v] for n, v in before.items()}
    training.sgd_update(expected, grads, lr)
    if type(after) is not dict:
        fail(f"After `{call}`, `params` is no dict.", f"Après `{call}`, `params` n'est plus un dictionnaire.")
    for name in names:
        seen = after.get(name)
        if same(seen, expected[name]):
            continue
        found = next(
            (m for m in UPDATE if m.hypothesis and same_params(after, m.hypothesis(before, grads, lr), 1e-6)),
            None,
        )
        because = (found and found.id, found and found.sentence)
        if shape(seen) != SHAPES[name]:
            en, fr = described(seen)
            fail(
                f"After `{call}`, `params[{name!r}]` is {en}; the shape {SHAPES[name]} was expected.",
                f"Après `{call}`, `params[{name!r}]` est {fr} ; on attendait la forme {SHAPES[name]}.",
                *because,
            )
        where, was, should = first_difference(seen, expected[name])
        fail(
            f"After `{call}`, `params[{name!r}]{where}` is {was}; {should} was expected.",
            f"Après `{call}`, `params[{name!r}]{where}` vaut {was} ; on attendait {should}.",
            *because,
        )
