"""The feedback page that `nbgrader generate_feedback` makes: what it shows, at each level, and what it never runs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from .tiny_course import NOTEBOOK, TinyCourse, cell_of

pytestmark = pytest.mark.slow
HIDDEN = '''
"""square: the second power."""
import pytest
from grader.checks import fail
from grader.checks.evidence import matrix
from grader.text import Text

pytestmark = pytest.mark.exercise("square")


@pytest.mark.points(1)
@pytest.mark.title(fr="Les carrés")
def test_squares(student):
    """Squares"""
    seen = [a.value for a in student.calls("square", [((n,), {}) for n in (1, 2, 3)])]
    if seen != [1, 4, 9]:
        fail("`square(2)` is not 4.", "`square(2)` ne vaut pas 4.", "doubled",
             Text("You doubled.", "Vous avez doublé."), matrix(seen, [1, 4, 9]))
'''
DOUBLED = "def square(x):\n    return 2 * x"
CRASHED = "def square(x):\n    return x['</code><script>alert(1)</script>']"
ESSAY = "<script>alert(2)</script> Because $x^2$, see\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<img src=x onerror=alert(3)>"
SOFT = "\nc.Grading.reveal = {level!r}\nc.Grading.language = {language!r}\n"


class Page(HTMLParser):
    """A feedback page as a browser reads it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.styles = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.styles += data
        else:
            self.text += data

    def pictures(self) -> list[tuple[str, str]]:
        """(alt, SVG) of each drawing."""
        found = [a for t, a in self.tags if t == "img" and "svg+xml" in (a.get("src") or "")]
        return [(a["alt"] or "", base64.b64decode((a["src"] or "").split(",")[1]).decode()) for a in found]

    def scripts(self) -> list[str]:
        """Whatever could run that nbgrader's template did not put there."""
        ours = [a for t, a in self.tags if t == "script" and "mathjax" not in str(a).lower()]
        handlers = [k for _, a in self.tags for k in a if k.startswith("on")]
        return [str(x) for x in [*ours, *handlers]]


@pytest.fixture(scope="module")
def course(new_course: Callable[..., TinyCourse]) -> TinyCourse:
    made = new_course()
    (made.folder / "tests/hidden/ps1/test_square.py").write_text(HIDDEN)
    made.hand_in("ann", square=DOUBLED)
    made.change("mallory", lambda nb: cell_of(nb, "essay_answer").update(source=ESSAY), square=CRASHED)
    return made


Pages = Callable[[str, str, str], Page]


@pytest.fixture(scope="module")
def page(course: TinyCourse) -> Pages:
    """Function: the page of a student at a level in a language; each level is graded once, for all students."""
    config = course.folder / "nbgrader_config.py"
    plain, made = config.read_text(), {}

    def graded(student: str, level: str, language: str) -> Page:
        if (student, level, language) not in made:
            config.write_text(plain + SOFT.format(level=level, language=language))
            for done in (
                course.autograde("--force"),
                course.nbgrader("generate_feedback", "ps1", "--force"),
            ):
                assert done.returncode == 0, done.stdout + done.stderr
            for path in (course.folder / "feedback").glob(f"*/ps1/{NOTEBOOK}.html"):
                key = (path.parents[1].name, level, language)
                made[key] = Page(path.read_text(encoding="utf-8"))
        return made[student, level, language]

    return graded


def test_message_says_the_cause_and_shows_no_value(page: Pages) -> None:
    seen = page("ann", "message", "en")
    assert "You doubled." in seen.text and "square(2)" not in seen.text.replace("assert square(2) == 4", "")
    assert seen.pictures() == []


def test_counterexample_shows_what_the_students_code_gave(page: Pages) -> None:
    seen = page("ann", "counterexample", "fr")
    assert "square(2) ne vaut pas 4. Vous avez doublé." in seen.text
    ((alt, svg),) = seen.pictures()
    assert alt == "ce que votre code donne. ligne 0: 2, 4, 6." and ">9<" not in svg


def test_full_shows_what_was_expected_beside(page: Pages) -> None:
    seen = page("ann", "full", "fr")
    assert [alt for alt, _ in seen.pictures()] == [
        "ce que votre code donne. ligne 0: 2, 4, 6.",
        "ce qui était attendu. ligne 0: 1, 4, 9.",
    ]


def test_the_results_keep_the_evidence_whatever_students_are_shown(page: Pages, course: TinyCourse) -> None:
    page("ann", "message", "en")
    (exercise,) = course.result("ann")["notebooks"][NOTEBOOK]["exercises"]
    evidence = exercise["outcomes"][0]["finding"]["evidence"]
    assert (evidence["seen"], evidence["expected"]) == ([[2.0, 4.0, 6.0]], [[1.0, 4.0, 9.0]])
    assert len(json.dumps(evidence)) < 1000


def test_nothing_of_a_students_runs_and_the_page_reads_well(page: Pages) -> None:
    seen = page("mallory", "full", "fr")
    assert seen.scripts() == []
    assert "<script>alert(1)</script>" in seen.text  # as text, in their own line
    assert "Vos lignes" in seen.text
    assert [alt for alt, _ in seen.pictures()] == ["x^2"]  # the formula, drawn
    assert "prefers-color-scheme: dark" in seen.styles


def test_the_head_of_the_page_names_each_exercise_with_its_score(page: Pages) -> None:
    seen = page("ann", "full", "fr")
    head = re.sub(r"\s+", " ", seen.text[seen.text.index("Exercice") :])
    for line in ("square0 / 2", "double3 / 3", "mark1.5 / 4", "Total4.5 / 14"):
        assert line in head
    targets = {a.get("name") for t, a in seen.tags if t == "a"}
    links = {(a.get("href") or "")[1:] for t, a in seen.tags if t == "a" and "tests" in (a.get("href") or "")}
    assert links == {"square_tests", "double_tests", "mark_tests"} and links <= targets
