"""forward_llm: the probabilities of the next letter after 1 to 8 ids."""

from dataclasses import replace

import pytest

from grader.bridge import StudentError
from grader.checks import fail, letter_model
from grader.checks.diagnose import named
from grader.checks.name_writer import same_params
from grader.checks.numbers import described, differs, explains, is_list, is_number, same
from reference.pure_python.mini_llm import SHAPES, VOCAB_SIZE, forward_llm
from reference.pure_python.wrong_mini_llm import BY_EXERCISE

KNOWN = BY_EXERCISE["forward_llm"]
pytestmark = pytest.mark.exercise("forward_llm")


def ask(student, contexts, params, echo=False):
    """The student's probabilities after each context, each from fresh parameters."""
    try:
        answers = student.calls("forward_llm", [((ids, params), {}) for ids in contexts], echo=echo)
    except StudentError as error:
        error.call = "forward_llm(ids, params)"
        raise
    return [replace(a, call=f"forward_llm({ids}, params)") for a, ids in zip(answers, contexts, strict=True)]


def tell(answer, en, fr, name=None):
    """Fail, with a misconception by name."""
    cause = named(KNOWN, name) if name else None
    fail(f"`{answer.call}` {en}", f"`{answer.call}` {fr}", cause and cause.id, cause and cause.sentence)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Une liste de 27 nombres")
def test_list(student, contexts, params):
    """A list of 27 numbers"""
    for answer in ask(student, [contexts[0], contexts[3], contexts[7]], params):
        value = answer.value
        if not is_list(value) or len(value) != VOCAB_SIZE or not all(map(is_number, value)):
            en, fr = described(value, answer.type_name)
            name = "nothing_returned" if value is None else None
            tell(
                answer,
                f"returned {en}; a list of {VOCAB_SIZE} numbers was expected.",
                f"a renvoyé {fr} ; on attendait une liste de {VOCAB_SIZE} nombres.",
                name,
            )


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Les paramètres et les numéros donnés restent comme ils étaient")
def test_arguments(student, contexts, params):
    """The parameters and the ids that were given stay as they were"""
    for answer, ids in zip(ask(student, contexts[2:5], params, echo=True), contexts[2:5], strict=True):
        (seen_ids, seen_params, *_), _ = answer.arguments
        if not same(seen_ids, ids, 0.0):
            tell(
                answer, "changed the list of ids that it was given.", "a modifié la liste de numéros donnée."
            )
        if not same_params(seen_params, params):
            tell(answer, "changed `params`.", "a modifié `params`.", "params_changed")


@pytest.mark.points(1)
@pytest.mark.title(fr="Des probabilités justes après une seule lettre")
def test_one_letter(student, contexts, params, rng):
    """The right probabilities after a single letter"""
    judge(ask(student, contexts, params), contexts, params, slice(0, 1))
    # The same letter again, with other parameters: an answer that was kept from before is no longer right.
    other = letter_model.random_params(rng, SHAPES)
    judge(ask(student, contexts[:1], other), contexts[:1], other, slice(0, 1))


@pytest.mark.points(3)
@pytest.mark.title(fr="Des probabilités justes après 2 à 8 lettres")
def test_several_letters(student, contexts, params):
    """The right probabilities after 2 to 8 letters"""
    judge(ask(student, contexts, params), contexts, params, slice(1, None))


def judge(answers, contexts, params, judged):
    """Fail at the first wrong answer among those `judged`; all of them tell the cause."""
    for answer, ids in list(zip(answers, contexts, strict=True))[judged]:
        expected = forward_llm(ids, params)
        if not same(answer.value, expected):
            inputs = [(ids, params) for ids in contexts]
            differs(answer, answer.value, expected, explains([a.value for a in answers], inputs, KNOWN))
