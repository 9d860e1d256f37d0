"""top_k_filter: the k largest logits stay, all others become -inf."""

import pytest

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.diagnose import named
from grader.checks.filters import all_equal, quoted, spaced_logits
from reference.pytorch.gpt2_sampling import top_k_filter
from reference.pytorch.wrong_gpt2 import TOP_K

pytestmark = pytest.mark.exercise("top_k_filter")


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Les k plus grands logits restent, les autres deviennent -inf")
def test_values(student, rng, generator):
    """The k largest logits stay, the others become -inf"""
    given = [(spaced_logits(generator, size), k) for size, k in [(4, 2), (5, 1), (6, 4), (9, 8)]]
    given += [(spaced_logits(generator, 30), rng.randrange(5, 20)), (spaced_logits(generator, 120), 50)]
    given.append((spaced_logits(generator, 120), 80))
    # Where the worst are the first and all are below zero, wrong indices and absolute values show.
    given.insert(1, (given[0][0].sort().values - 10.0, 2))
    answers = student.calls("top_k_filter", [(arguments, {}) for arguments in given])
    all_equal(answers, [top_k_filter(*g) for g in given], given, TOP_K)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Si k atteint la taille du vocabulaire ou la dépasse, tout reste")
def test_large_k(student, generator):
    """Where k reaches or exceeds the size of the vocabulary, all stay"""
    for size, k in [(4, 4), (5, 6), (7, 50), (30, 1000)]:
        logits = spaced_logits(generator, size)
        try:
            answer = student.top_k_filter(logits, k)
        except StudentError as error:
            beyond = k > size
            fail(
                f"`{error.call}`{quoted(logits)} raised {error.name}: {error.text[:120]}",
                f"`{error.call}`{quoted(logits)} a levé {error.name} : {error.text[:120]}",
                "k_beyond_vocabulary" if beyond else None,
                named(TOP_K, "k_beyond_vocabulary").sentence if beyond else None,
            )
        all_equal([answer], [logits], [(logits, k)], TOP_K)
