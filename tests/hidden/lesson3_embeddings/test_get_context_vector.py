"""get_context_vector: the embeddings of the three characters before a position, oldest first."""

import pytest

from grader.checks.numbers import agree, ask, keep
from reference.pure_python.embeddings import get_context_vector
from reference.pure_python.wrong_embeddings import GET_CONTEXT_VECTOR

pytestmark = pytest.mark.exercise("get_context_vector")

NAMES = ("word", "position", "embeddings")


def windows(draw, positions):
    """A call for each word and position, the shortest word first.

    In the last word letters come twice.  At the end a word without its final dot, whose last letters
    count: that is what `generate` asks for.
    """
    embeddings = draw.embeddings()
    words = [f".{word}." for word in (draw.word(2), draw.word(4), draw.word(7), draw.mirrored())]
    calls = [(w, p, embeddings) for w in words for p in range(1, len(w)) if p in positions]
    return [*calls, (words[1][:-1], len(words[1]) - 1, embeddings)]


@pytest.mark.points(1)
@pytest.mark.title(fr="Les trois lettres d'avant, la plus ancienne d'abord, bout à bout")
def test_inside_the_word(student, draw):
    """The three letters before, oldest first, end to end"""
    inputs = windows(draw, range(3, 9))
    agree(
        ask(student, "get_context_vector", inputs, names=NAMES),
        inputs,
        get_context_vector,
        GET_CONTEXT_VECTOR,
    )


@pytest.mark.points(0.75)
@pytest.mark.title(fr="Avant le début du mot, des points")
def test_before_the_word(student, draw):
    """Before the word begins, dots"""
    inputs = windows(draw, range(1, 9))
    answers = ask(student, "get_context_vector", inputs, names=NAMES)
    early = [i for i, (_, position, _) in enumerate(inputs) if position < 3]
    agree(answers, inputs, get_context_vector, GET_CONTEXT_VECTOR, calls=early)


@pytest.mark.points(0.25)
@pytest.mark.vacuous
@pytest.mark.title(fr="Les embeddings ne changent pas")
def test_embeddings_are_kept(student, draw):
    """The embeddings are not changed"""
    inputs = windows(draw, range(1, 9))
    answers = ask(student, "get_context_vector", inputs, names=NAMES)
    keep(answers, inputs, {2: "embeddings"}, GET_CONTEXT_VECTOR, "embeddings_grow")
