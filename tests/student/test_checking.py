"""`check`, `verify` and `exercise`: what a student sees, and what happens to the cell."""

import random

import pytest
from IPython.core.interactiveshell import InteractiveShell

import grader.student as student
from grader.student import banner, checking
from grader.student.lessons import opened
from tests.student.reading import read

HALF = {"softmax": lambda scores: [1 / len(scores)] * len(scores)}


@pytest.fixture
def shown(monkeypatch):
    pictures: list = []
    monkeypatch.setattr(checking, "show", pictures.append)
    return pictures


def tiny_lesson(*names):
    """A lesson of one's own: every exercise asks for a function that returns 1."""
    made = student.Lesson("tiny", ("Tiny", "Minuscule"))
    for name in names:
        task = made.exercise(name, 2, (f"the {name}", f"le {name}"))

        @task.check("It returns 1", "Il renvoie 1")
        def _(learner, name=name):
            student.expect(learner.call(name)).near(1)

    student.lesson("tiny")
    return made


def test_a_passed_check_shows_a_green_banner_with_icon_word_and_progress(shown):
    tiny_lesson("one", "two")
    student.check("one", {"one": lambda: 1})
    (picture,) = shown
    assert "✔ Passed: one" in picture.text and "1 of 2 exercises done" in picture.text
    assert banner.GREEN[0] in picture.html and "✔" in picture.html
    bar = next(e for e in read(picture.html).iter("div") if e.get("role") == "progressbar")
    assert (bar.get("aria-valuenow"), bar.get("aria-valuemax")) == ("1", "2")


def test_a_failed_check_shows_a_yellow_banner_and_raises(shown):
    tiny_lesson("one", "two")
    with pytest.raises(student.CheckFailed, match=r"`one\(\)` gives 2; 1 was expected"):
        student.check("one", {"one": lambda: 2})
    assert "⚠ Not yet: one" in shown[0].text and "✗ It returns 1" in shown[0].text
    assert banner.YELLOW[0] in shown[0].html


def test_at_grading_no_banner_says_how_many_exercises_are_done(shown, monkeypatch):
    """The checks do not run there, so the page that students get back would say "0 of 2"."""
    tiny_lesson("one", "two")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    student.exercise("one")
    student.verify(True, "well seen", "look again")
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    student.exercise("one")
    *graded, validated = shown
    assert all("exercises done" not in picture.text + picture.html for picture in graded)
    assert "Define one" in graded[0].text and not graded[0].text.endswith("\n")
    assert "0 of 2 exercises done" in validated.text


def test_when_all_exercises_are_done_there_is_a_congratulation(shown):
    tiny_lesson("one", "two")
    for name in ("one", "two"):
        student.check(name, {name: lambda: 1})
    assert "Congratulations" not in shown[0].text
    assert "Congratulations" in shown[1].text and "Congratulations" in shown[1].html


def test_an_exercise_that_breaks_again_is_no_longer_done(shown):
    tiny_lesson("one", "two")
    student.check("one", {"one": lambda: 1})
    with pytest.raises(student.CheckFailed):
        student.check("one", {"one": lambda: 3})
    assert "0 of 2" in shown[-1].text


def test_everything_is_said_in_french_too(shown):
    tiny_lesson("one")
    student.language("fr")
    student.exercise("one")
    student.check("one", {"one": lambda: 1})
    with pytest.raises(student.CheckFailed, match="on attendait 1"):
        student.check("one", {"one": lambda: 2})
    student.verify(True, ("yes", "oui"), ("no", "non"))
    text = "\n".join(p.text for p in shown).replace("\u00a0", " ")
    assert "one\u00a0: Réussi" in shown[1].html
    for words in ("Exercice 1 : le one", "Définissez one (2 points)", "Réussi : one", "1 exercice fait sur 1", "Bravo !",
                  "Pas encore : one", "oui"):  # fmt: skip
        assert words in text


def test_the_language_comes_from_the_environment_where_nothing_was_said(monkeypatch):
    monkeypatch.setenv("AUTOREGRADE_LANGUAGE", "fr_FR.UTF-8")
    assert student.language() == "fr"
    assert student.language("en") == "en" == student.language()
    with pytest.raises(ValueError, match="de"):
        student.language("de")


def test_verify_never_raises(shown):
    student.verify(lambda: 1 / 0, "well seen", "look again")
    student.verify(lambda: True, "well seen", "look again")
    student.verify(False, ("a", "b"), ("try 2.0", "essayez 2.0"))
    assert [p.text.splitlines()[0] for p in shown] == [
        "⚠ Not yet. look again",
        "✔ Passed. well seen",
        "⚠ Not yet. try 2.0",
    ]


def test_a_check_without_a_lesson_or_of_another_lesson_says_what_to_do():
    with pytest.raises(student.WrongUse, match="Run the first code cell"):
        student.check("softmax")
    student.lesson("lesson3_embeddings")
    with pytest.raises(student.WrongUse, match='has no exercise "dot"; it has make_embeddings'):
        student.check("dot")
    for name in ("lesson9", "../x", "os", 3):
        with pytest.raises(student.WrongUse, match="no such lesson"):
            student.lesson(name)


def test_a_misspelt_exercise_is_guessed():
    student.lesson("lesson4_attention")
    with pytest.raises(student.WrongUse, match='no exercise "causal_maks"; did you mean "causal_mask"'):
        student.check("causal_maks")
    with pytest.raises(student.WrongUse, match=r'in quotes: check\("dot"\)'):
        student.check(lambda a, b: 0)
    student.language("fr")
    with pytest.raises(student.WrongUse, match='pas d\'exercice "dott"\u00a0; vouliez-vous dire "dot"\u00a0'):
        student.exercise("dott")


def test_wrong_use_is_answered_as_before_where_somebody_catches_it():
    assert issubclass(student.WrongUse, ValueError) and issubclass(student.WrongUse, LookupError)


def test_a_missing_function_stops_the_checks(shown):
    student.lesson("lesson3_embeddings")
    with pytest.raises(student.CheckFailed, match="`softmax` does not exist yet"):
        student.check("softmax", {})
    assert shown[0].text.count("✗") == 1


def test_a_check_leaves_the_generators_and_the_output_alone(shown, capsys):
    def softmax(scores):
        random.seed(1)
        print("\n".join(map(str, range(100))))
        return [1 / len(scores)] * len(scores)

    student.lesson("lesson3_embeddings")
    random.seed(5)
    wanted = random.Random(5).random()
    with pytest.raises(student.CheckFailed):
        student.check("softmax", {"softmax": softmax})
    assert random.random() == wanted
    printed = capsys.readouterr().out
    assert "95 more lines" in printed or "195 more lines" in printed
    assert len(printed.splitlines()) < 40


def test_what_no_check_can_read_is_no_traceback_but_a_sentence(shown):
    student.lesson("lesson3_embeddings")
    with pytest.raises(student.CheckFailed):
        student.check("make_embeddings", {"make_embeddings": lambda *a, **k: [object()] * 5})


def test_the_traceback_is_one_line(monkeypatch):
    error = student.CheckFailed("dot", "it is 3; 4 was expected")
    assert error._render_traceback_() == ["dot: not yet, see above."]
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    assert error._render_traceback_() == ["dot: it is 3; 4 was expected"]


def test_names_of_the_calling_cell_are_found():
    shell = InteractiveShell.instance()
    shell.run_cell("from grader.student import *\nlesson('lesson4_attention')").raise_error()
    shell.run_cell("def dot(a, b):\n    return sum(x * y for x, y in zip(a, b))").raise_error()
    shell.run_cell("check('dot')").raise_error()
    assert opened().done == {"dot"}
    InteractiveShell.clear_instance()


def test_a_hostile_sentence_is_escaped(shown):
    tiny_lesson("one")
    with pytest.raises(student.CheckFailed):
        student.check("one", {"one": lambda: "<script>alert(1)</script>"})
    student.verify(True, "<img src=x onerror=alert(1)>", "no")
    for picture in shown:
        assert not [e for e in read(picture.html).iter() if e.tag in ("script", "img")]
