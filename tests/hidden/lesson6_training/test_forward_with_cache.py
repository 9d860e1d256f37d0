"""forward_with_cache: lesson 5's probabilities, and a cache of the student's choice."""

from dataclasses import replace

import pytest

from grader.checks import fail
from grader.checks.diagnose import named
from grader.checks.name_writer import same_params
from grader.checks.numbers import described, differs, explains, is_list, is_number, same
from reference.pure_python.mini_llm import VOCAB_SIZE, forward_llm
from reference.pure_python.wrong_training import CACHE

pytestmark = pytest.mark.exercise("forward_with_cache")


def tell(call, en, fr, name=None):
    """Fail, with a misconception by name."""
    cause = named(CACHE, name) if name else None
    fail(f"`{call}` {en}", f"`{call}` {fr}", cause and cause.id, cause and cause.sentence)


def are_probabilities(value):
    """Whether this has the form of the first answer."""
    return is_list(value) and len(value) == VOCAB_SIZE and all(map(is_number, value))


def probabilities(model, ids, placed_ids=None):
    """The first of the two things that are returned, as a value; fails where there are not two."""
    call, kept = f"forward_with_cache({ids}, params)", model.forward(ids, placed_ids)
    size = model.size(kept)
    if size != 2:
        name = {"NoneType": "nothing_returned"}.get(kept.type_name)
        if size == VOCAB_SIZE:
            name = "cache_missing"
        said = f"{size} things" if size is not None else f"a value of type {kept.type_name}"
        dit = f"{size} choses" if size is not None else f"une valeur de type {kept.type_name}"
        tell(
            call,
            f"returned {said}; a pair `probs, cache` was expected.",
            f"a renvoyé {dit} ; on attendait deux choses, `probs, cache`.",
            name,
        )
    first = model.item(kept, 0)
    if not are_probabilities(first.value):
        swapped = are_probabilities(model.item(kept, 1).value)
        en, fr = described(first.value, first.type_name)
        tell(
            call,
            f"returned first {en}; {VOCAB_SIZE} probabilities were expected there.",
            f"a renvoyé en premier {fr} ; on attendait là {VOCAB_SIZE} probabilités.",
            "cache_first" if swapped else None,
        )
    return replace(first, call=f"{call}[0]")


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Deux choses : 27 probabilités, et un cache")
def test_pair(model, contexts):
    """Two things: 27 probabilities, and a cache"""
    placed = model()
    for ids in (contexts[0], contexts[4], contexts[7]):
        probabilities(placed, ids)


@pytest.mark.points(0.25)
@pytest.mark.vacuous
@pytest.mark.title(fr="Les paramètres et les numéros donnés restent comme ils étaient")
def test_arguments(model, contexts):
    """The parameters and the ids that were given stay as they were"""
    placed = model()
    for ids in contexts[2:5]:
        book = placed.student.place(list(ids))
        probabilities(placed, ids, book)
        if not same(placed.value(book), ids, 0.0):
            tell(
                f"forward_with_cache({ids}, params)",
                "changed the list of ids that it was given.",
                "a modifié la liste de numéros donnée.",
            )
        if not same_params(placed.now(), placed.params):
            tell(
                f"forward_with_cache({ids}, params)",
                "changed `params`.",
                "a modifié `params`.",
                "params_changed",
            )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Des probabilités justes après une seule lettre")
def test_one_letter(model, contexts):
    """The right probabilities after a single letter"""
    judge(model(), contexts, slice(0, 1))
    # The same letter again, with other parameters: an answer that was kept from before is no longer right.
    judge(model(), contexts, slice(0, 1))


@pytest.mark.points(1.75)
@pytest.mark.title(fr="Des probabilités justes après 2 à 8 lettres")
def test_several_letters(model, contexts):
    """The right probabilities after 2 to 8 letters"""
    judge(model(), contexts, slice(1, None))


def judge(placed, contexts, judged):
    """Fail at the first wrong answer among those `judged`; all lengths tell the cause."""
    for ids in contexts[judged]:
        answer, expected = probabilities(placed, ids), forward_llm(ids, placed.params)
        if not same(answer.value, expected):
            seen = [probabilities(placed, other).value for other in contexts]
            inputs = [(other, placed.params) for other in contexts]
            differs(answer, answer.value, expected, explains(seen, inputs, CACHE))
