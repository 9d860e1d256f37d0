"""multi_head_attention: causal self-attention in each slice of the vectors, joined in order."""

import pytest

from grader.bridge import Answer
from grader.checks import fail
from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.numbers import agree, ask, is_list, keep, same
from reference.pure_python import attention as lesson
from reference.pure_python.wrong_attention import MULTI_HEAD_ATTENTION

RELIES_ON = {
    "dot": carried(lesson.dot),
    "attention_scores": carried(lesson.attention_scores),
    "attention": carried(lesson.attention),
    "causal_mask": carried(lesson.causal_mask),
    "causal_self_attention": carried(lesson.causal_self_attention),
}
pytestmark = pytest.mark.exercise("multi_head_attention", relies_on=RELIES_ON)

SIZES = [(2, 4, 2), (3, 6, 3), (3, 6, 2), (4, 8, 4), (3, 4, 4), (5, 12, 2), (3, 4, 1), (1, 4, 2), (2, 9, 3)]
UNEVEN = [(2, 4, 3), (3, 6, 4), (2, 5, 2), (2, 3, 6)]  # positions, numbers in a vector, heads


@pytest.fixture
def inputs(draw):
    """Vectors and numbers of heads that divide, fewest positions first.

    At the end a vector comes back, and both heads see the same slices.
    """
    a, b = (half * 2 for half in draw.matrix(2, 2))
    return [*((draw.matrix(n, d), heads) for n, d, heads in SIZES), ([a, b, a], 2)]


@pytest.mark.points(2.5)
@pytest.mark.title(fr="Chaque tête sur sa tranche, les sorties recollées dans l'ordre")
def test_values(student, inputs):
    """Each head on its slice, the outputs joined in order"""
    answers = ask(student, "multi_head_attention", inputs)
    right = [lesson.multi_head_attention(*given) for given in inputs]
    with_weights = all(
        isinstance(a, Answer) and is_list(a.value) and len(a.value) == 2 and same(a.value[0], r)
        for a, r in zip(answers, right, strict=True)
    )
    agree(
        answers,
        inputs,
        lesson.multi_head_attention,
        MULTI_HEAD_ATTENTION,
        otherwise="weights_too" if with_weights else None,
    )


@pytest.mark.points(1)
@pytest.mark.title(fr="Une ValueError quand num_heads ne divise pas")
def test_uneven_slices(student, draw):
    """A ValueError where num_heads does not divide"""
    if student.kind("multi_head_attention") == "missing":
        student.call("multi_head_attention", draw.matrix(2, 4), 3)  # says so
    function = student.get("multi_head_attention", keep=True)
    for n, d, heads in UNEVEN:
        vectors = draw.matrix(n, d)
        # A subclass of ValueError is one: so the whole family of the error's class is asked for.
        classes = student.procedure("raises", function=function, arguments=[vectors, heads]).value
        family = classes if is_list(classes) else []
        if "ValueError" in family:
            continue
        call = f"multi_head_attention(vectors of {d} numbers, {heads})"
        appel = f"multi_head_attention(vecteurs de {d} nombres, {heads})"
        other = family[0] if family and isinstance(family[0], str) else None
        if other == "NotImplementedError":
            student.call("multi_head_attention", vectors, heads)  # says that it is not written yet
        cause = named(MULTI_HEAD_ATTENTION, "other_error" if other else "no_error")
        fail(
            f"`{call}` raised {other[:60]}; a ValueError was expected: {heads} does not divide {d}."
            if other
            else f"`{call}` raised no error; a ValueError was expected: {heads} does not divide {d}.",
            f"`{appel}` a levé {other[:60]} ; on attendait une ValueError : {heads} ne divise pas {d}."
            if other
            else f"`{appel}` n'a levé aucune erreur ; on attendait une ValueError : {heads} ne divise pas {d}.",
            cause.id,
            cause.sentence,
        )


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Les vecteurs ne changent pas")
def test_vectors_are_kept(student, inputs):
    """The vectors are not changed"""
    answers = ask(student, "multi_head_attention", inputs)
    keep(answers, inputs, {0: "vectors"}, MULTI_HEAD_ATTENTION, "argument_changed")
