"""apply_repetition_penalty: ids that came are divided where positive, multiplied where negative."""

import pytest
import torch

from grader.checks import expect, fail
from grader.checks.diagnose import named, same
from grader.checks.filters import all_equal, spaced_logits
from reference.pytorch.gpt2_sampling import apply_repetition_penalty
from reference.pytorch.wrong_gpt2 import PENALTY

pytestmark = pytest.mark.exercise("apply_repetition_penalty")


@pytest.fixture
def cases(rng, generator):
    """Function that draws (logits, ids, penalty), smallest vocabulary first: half of the ids came.

    Positive and negative logits are both among those that came and among the others.
    """

    def draw(as_tensor=False, again=()):
        made = []
        for size in (4, 6, 9, rng.randrange(20, 60)):
            logits = spaced_logits(generator, size)
            order = torch.randperm(size, generator=generator)
            logits = torch.where(order % 4 < 2, logits.abs(), -logits.abs())
            ids = [i for i in range(size) if order[i] % 2 == 0]
            rng.shuffle(ids)
            for times in again:
                ids += ids[:2] * times
            made.append((logits, torch.tensor(ids) if as_tensor else ids, round(rng.uniform(1.3, 2.5), 2)))
        return made

    return draw


def compare(student, given):
    """Ask for all cases in one message and compare."""
    answers = student.calls("apply_repetition_penalty", [(arguments, {}) for arguments in given])
    all_equal(answers, [apply_repetition_penalty(*g) for g in given], given, PENALTY)


@pytest.mark.points(1)
@pytest.mark.title(fr="Divisé où le logit est positif, multiplié où il est négatif, pour les ids venus")
def test_values(student, cases, rng):
    """Divided where the logit is positive, multiplied where negative, for the ids that came"""
    # A penalty below 1 encourages: the contract makes no difference.
    given = cases()
    given += [(logits, ids, round(rng.uniform(0.5, 0.8), 2)) for logits, ids, _ in cases()[:2]]
    compare(student, given)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Chaque id compte une fois, dans une liste comme dans un tenseur")
def test_each_once(student, cases):
    """Each id counts once, in a list as in a tensor"""
    # One message for both kinds, so that a set of tensors is told from counting every time.
    compare(student, [*cases(again=(1, 1)), *cases(as_tensor=True, again=(1, 1))])


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Les logits reçus ne changent pas")
def test_argument(student, cases):
    """The logits passed in do not change"""
    given = cases()
    for (logits, *_), answer in zip(
        given,
        student.calls("apply_repetition_penalty", [(g, {}) for g in given], echo=True),
        strict=True,
    ):
        expect(answer, PENALTY).is_float_tensor(len(logits))
        after = answer.arguments[0][0] if answer.arguments else None
        if not same(after, logits, 1e-7):
            fail(
                f"`{answer.call}` changed the logits that it was given.",
                f"`{answer.call}` a modifié les logits qu'elle a reçus.",
                "argument_changed",
                named(PENALTY, "argument_changed").sentence,
            )
        if same(answer.value, logits, 1e-7):
            fail(
                f"`{answer.call}` returned the logits as they were.",
                f"`{answer.call}` a renvoyé les logits tels quels.",
                "nothing_penalised",
                named(PENALTY, "nothing_penalised").sentence,
            )
