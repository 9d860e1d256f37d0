"""How graded feedback tells what came back: good English, good French, singular where there is one."""

import pytest

from grader.bridge import Answer
from grader.checks import Misunderstood, expect
from grader.checks.plain import described

TOLD = [
    ([1.0], "a list of 1 number", "une liste de 1 nombre"),
    ([], "a list of 0 numbers", "une liste de 0 nombre"),
    ((1, 2), "a tuple of 2 numbers", "un tuple de 2 nombres"),
    ([[0.0]], "a list of 1 row of 1 number", "une liste de 1 ligne de 1 nombre"),
    ([[0.0, 1.0]] * 3, "a list of 3 rows of 2 numbers", "une liste de 3 lignes de 2 nombres"),
    ([[[0.0]]] * 2, "a list of 2 tables of 1 row of 1 number", "une liste de 2 tableaux de 1 ligne de 1 nombre"),
    ([[[[0.0]]]], "a list of shape (1, 1, 1, 1)", "une liste de forme (1, 1, 1, 1)"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "en", "fr"), TOLD)
def test_one_is_singular(value, en, fr):
    assert described(value) == (en, fr)


def test_nothing_stands_well_after_a_verb():
    en, fr = described(None)
    assert f"returned {en}" == "returned nothing (None: is a `return` missing?)"
    assert f"a renvoyé {fr}" == "a renvoyé None (manque-t-il un `return` ?)"


def test_a_missing_tensor_is_told_in_good_french():
    with pytest.raises(Misunderstood) as caught:
        expect(Answer(None, "NoneType", "create_causal_mask(3)")).is_tensor()
    assert caught.value.text.en == "`create_causal_mask(3)` returned nothing (None): is a `return` missing?"
    french = caught.value.text.fr.replace("\u00a0", " ")
    assert french == "`create_causal_mask(3)` n'a rien renvoyé (None) : manque-t-il un `return` ?"
