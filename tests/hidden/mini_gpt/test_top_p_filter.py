"""top_p_filter: the smallest set of most likely tokens whose probability reaches p, at least one."""

import pytest
import torch
import torch.nn.functional as F

from grader.checks.filters import all_equal, spaced_logits
from reference.pytorch.gpt2_sampling import top_p_filter
from reference.pytorch.wrong_gpt2 import TOP_P

pytestmark = pytest.mark.exercise("top_p_filter")

MARGIN = 1e-3  # no sum of probabilities comes nearer to p: rounding decides nothing


@pytest.fixture
def case(rng, generator):
    """Function that draws (logits, p): `kept` tokens reach p, the most likely are not the first."""

    def draw(size, kept, spread=1.5):
        while True:
            logits = spaced_logits(generator, size, spread)
            probs, order = F.softmax(logits.double(), dim=-1).sort(descending=True)
            low, high = float(probs[: kept - 1].sum()), float(probs[:kept].sum())
            p = round(rng.uniform(low, high), 3)
            fits = low + MARGIN < p < high - MARGIN and 0.01 < p < 0.99
            if fits and order[: min(kept, size - 1)].tolist() != list(range(min(kept, size - 1))):
                return logits, p

    return draw


def compare(student, given):
    """Ask for all cases in one message and compare."""
    answers = student.calls("top_p_filter", [(arguments, {}) for arguments in given])
    all_equal(answers, [top_p_filter(*g) for g in given], given, TOP_P)


@pytest.mark.points(2)
@pytest.mark.title(fr="Le plus petit ensemble de tokens probables qui atteint p")
def test_values(student, case, rng):
    """The smallest set of likely tokens that reaches p"""
    # The last ones: where the model is sure few tokens are enough, where it is not many are needed.
    given = [case(4, 2), case(5, 3), case(6, 1), case(6, 4), case(9, rng.randrange(3, 7))]
    given += [
        case(40, rng.randrange(2, 5), spread=4.0),
        case(40, rng.randrange(15, 25), 0.8),
        case(120, 60, 0.5),
    ]
    # Softmax does not see a common shift, but exp does; and top-k, which comes before, leaves -inf.
    given += [(logits + shift, p) for shift in (100.0, -120.0) for logits, p in [case(8, 4)]]
    logits, p = case(9, 4)
    given.append((torch.cat([torch.full((2,), float("-inf")), logits, torch.full((1,), float("-inf"))]), p))
    compare(student, given)


@pytest.mark.points(1)
@pytest.mark.title(fr="Au moins un token reste, même si le meilleur dépasse p à lui seul")
def test_at_least_one(student, case):
    """At least one token stays, also where the best alone exceeds p"""
    compare(student, [case(4, 1), case(7, 1, 3.0), case(12, 2), case(30, 1, 4.0)])
