"""apply_temperature: p^(1/T), brought back to sum 1; zeros stay zero."""

import pytest

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.diagnose import named
from grader.checks.numbers import described, differs, explains, is_list, is_number, keep, same
from reference.pure_python.mini_llm import apply_temperature
from reference.pure_python.wrong_mini_llm import TEMPERATURE

pytestmark = pytest.mark.exercise("apply_temperature")


def law(rng, size, zeros=0):
    """Probabilities of `size` outcomes, the last ones impossible; none that is possible is tiny."""
    weights = [rng.uniform(0.05, 1.0) for _ in range(size - zeros)] + [0.0] * zeros
    rng.shuffle(weights)
    return [w / sum(weights) for w in weights]


@pytest.fixture
def plain(rng):
    """Probabilities without a zero, and temperatures."""
    return [(law(rng, n), t) for n, t in ((2, 0.5), (3, 1.0), (4, 2.0), (27, round(rng.uniform(2.5, 6), 2)))]


@pytest.fixture
def with_zeros(rng):
    """Probabilities with one or several zeros among them."""
    return [
        (law(rng, n, zeros), t)
        for n, zeros, t in ((3, 1, 0.5), (4, 1, 4.0), (27, 20, 1.0), (9, 3, round(rng.uniform(2.5, 6), 2)))
    ]


@pytest.fixture
def extreme(rng):
    """The coldest and the hottest temperatures that are promised, and a small probability."""
    small = [0.55, 0.3, 0.15 - 1e-6, 1e-6]
    laws = [law(rng, 3), law(rng, 27), small]
    return [(probs, t) for t in (0.05, 0.1, 10.0, 20.0) for probs in laws]


def ask(student, inputs, echo=False):
    """The student's answers."""
    return student.calls("apply_temperature", [(i, {}) for i in inputs], echo=echo)


@pytest.mark.points(0.4)
@pytest.mark.title(fr="Une nouvelle liste, aussi longue ; celle qui est donnée ne change pas")
def test_list(student, plain):
    """A new list of the same length; the one that was given does not change"""
    answers = ask(student, plain, echo=True)
    for answer, (probs, _) in zip(answers, plain, strict=True):
        value = answer.value
        if not is_list(value) or len(value) != len(probs) or not all(map(is_number, value)):
            en, fr = described(value, answer.type_name)
            cause = named(TEMPERATURE, "nothing_returned") if value is None else None
            fail(
                f"`{answer.call}` returned {en}; a list of {len(probs)} numbers was expected.",
                f"`{answer.call}` a renvoyé {fr} ; on attendait une liste de {len(probs)} nombres.",
                cause and cause.id,
                cause and cause.sentence,
            )
    keep(answers, plain, {0: "probs"}, TEMPERATURE, "probs_changed")


@pytest.mark.points(0.8)
@pytest.mark.title(fr="p^(1/T), de somme 1")
def test_values(student, plain, with_zeros):
    """p^(1/T), with sum 1"""
    judge(student, plain, [*plain, *with_zeros])


@pytest.mark.points(0.4)
@pytest.mark.title(fr="Une probabilité nulle reste nulle")
def test_zeros(student, with_zeros):
    """A probability of zero stays zero"""
    try:
        answers = ask(student, with_zeros)
    except StudentError as error:
        cause = named(TEMPERATURE, "zero_crashes")
        if error.name not in ("ValueError", "ZeroDivisionError"):
            raise
        fail(
            f"`{error.call}` raised {error.name}: {error.text[:100]}. One of the probabilities is 0.",
            f"`{error.call}` a levé {error.name} : {error.text[:100]}. Une des probabilités est 0.",
            cause.id,
            cause.sentence,
        )
    judge(student, with_zeros, with_zeros)
    for answer, (probs, _) in zip(answers, with_zeros, strict=True):
        if any(p == 0.0 and q != 0.0 for p, q in zip(probs, answer.value, strict=True)):
            cause = named(TEMPERATURE, "zeros_revived")
            fail(
                f"`{answer.call}` gives a letter of probability 0 another probability.",
                f"`{answer.call}` donne une autre probabilité à une lettre de probabilité 0.",
                cause.id,
                cause.sentence,
            )


@pytest.mark.points(0.4)
@pytest.mark.title(fr="Juste pour des températures de 0,05 à 20")
def test_extremes(student, extreme, with_zeros):
    """Right for temperatures from 0.05 to 20"""
    judge(student, extreme, [*extreme, *with_zeros])


def judge(student, judged, asked):
    """Fail at the first wrong answer among those `judged`; all that answer tell the cause."""
    answers = ask(student, judged)
    for answer, given in zip(answers, judged, strict=True):
        expected = apply_temperature(*given)
        if not same(answer.value, expected):
            differs(answer, answer.value, expected, cause(student, answers, judged, asked))


def cause(student, answers, judged, asked):
    """The misconception that predicts all answers."""
    more = [given for given in asked if given not in judged]
    try:
        answers = [*answers, *ask(student, more)]
    except StudentError:
        more = []
    return explains([a.value for a in answers], [*judged, *more], TEMPERATURE)
