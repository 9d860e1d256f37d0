"""mean_loss: the mean surprise over all positions of all words."""

from dataclasses import replace

import pytest

from grader.bridge import StudentError
from grader.checks import fail, letter_model
from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.name_writer import same_params
from grader.checks.numbers import described, differs, explains, is_number, same
from reference.pure_python import mini_llm
from reference.pure_python.wrong_mini_llm import LOSS

FORWARD = carried(mini_llm.forward_llm)
pytestmark = pytest.mark.exercise("mean_loss", relies_on={"forward_llm": FORWARD})

LETTERS = mini_llm.ALPHABET[1:]


@pytest.fixture
def lists(rng):
    """Lists of words: a single short one, several of different lengths (one of them twice), long ones among them."""

    def word(length):
        return "".join(rng.choices(LETTERS, k=length))

    twice = word(5)
    return [[word(3)], [word(2), twice, word(4), twice], [word(11), word(2), word(9)]]


def ask(student, lists, params, echo=False):
    """The student's mean loss of each list of words."""
    try:
        answers = student.calls(
            "mean_loss", [((words, params), {}) for words in lists], echo=echo, seconds=60.0
        )
    except StudentError as error:
        error.call = "mean_loss(words, params)"
        raise
    return [replace(a, call=f"mean_loss({words}, params)") for a, words in zip(answers, lists, strict=True)]


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Un nombre ; les mots et les paramètres restent comme ils étaient")
def test_number(student, lists, params):
    """A number; the words and the parameters stay as they were"""
    for answer, words in zip(ask(student, lists[:2], params, echo=True), lists, strict=False):
        if not is_number(answer.value):
            en, fr = described(answer.value, answer.type_name)
            cause = named(LOSS, "nothing_returned") if answer.value is None else None
            fail(
                f"`{answer.call}` returned {en}; a number was expected.",
                f"`{answer.call}` a renvoyé {fr} ; on attendait un nombre.",
                cause and cause.id,
                cause and cause.sentence,
            )
        (seen_words, seen_params, *_), _ = answer.arguments
        if seen_words != words or not same_params(seen_params, params):
            fail(f"`{answer.call}` changed its arguments.", f"`{answer.call}` a modifié ses arguments.")


@pytest.mark.points(0.75)
@pytest.mark.title(fr="La perte d'un seul mot : chaque lettre et le point final, une fois")
def test_one_word(student, lists, params, rng):
    """The loss of one word: each letter and the final dot, once"""
    judge(student, lists, params, slice(0, 1))
    # The same word again, with other parameters: a loss that was kept from before is no longer right.
    judge(student, lists, letter_model.random_params(rng, mini_llm.SHAPES), slice(0, 1))


@pytest.mark.points(1)
@pytest.mark.title(fr="Une seule moyenne sur toutes les devinettes de plusieurs mots")
def test_several_words(student, lists, params):
    """One mean over all positions of several words"""
    judge(student, lists, params, slice(1, 2))


@pytest.mark.points(0.75)
@pytest.mark.title(fr="Des mots longs : le contexte, ce sont les 8 dernières lettres")
def test_long_words(student, lists, params):
    """Long words: the context is the last 8 letters"""
    judge(student, lists, params, slice(2, 3))


def judge(student, lists, params, judged):
    """Fail where one of the lists `judged` has another loss; all lists that answer tell the cause."""
    for answer, words in zip(ask(student, lists[judged], params), lists[judged], strict=True):
        expected = mini_llm.mean_loss(words, params)
        if not same(answer.value, expected):
            try:
                seen, asked = [a.value for a in ask(student, lists, params)], lists
            except StudentError:
                seen, asked = [answer.value], [words]
            differs(answer, answer.value, expected, explains(seen, [(w, params) for w in asked], LOSS))
