"""The traps of nbgrader through both real commands: ``nbgrader autograde`` and ``grader autograde``."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from typing import Any

import nbformat
import pytest

from .tiny_course import SECRET, TinyCourse, cell_of
from .traps import FULL, TRAPS

pytestmark = pytest.mark.slow


class Class:
    """All traps, graded by one command."""

    def __init__(
        self, course: TinyCourse, grade: Callable[[TinyCourse], subprocess.CompletedProcess[str]]
    ) -> None:
        self.course = course
        for student, trap in TRAPS.items():
            trap.make(course, student)
        self.ended = grade(course)


@pytest.fixture(scope="module")
def by_nbgrader(new_course: Callable[..., TinyCourse]) -> Class:
    """The class after plain ``nbgrader autograde ps1``."""
    return Class(new_course(), lambda course: course.nbgrader("autograde", "ps1"))


@pytest.fixture(scope="module")
def by_grader(new_course: Callable[..., TinyCourse]) -> Class:
    """The class after ``grader autograde ps1``."""
    return Class(new_course(), lambda course: course.autograde("--jobs", "2"))


@pytest.fixture(params=["by_nbgrader", "by_grader"])
def graded_class(request: pytest.FixtureRequest) -> Class:
    """The class after either command."""
    found: Class = request.getfixturevalue(request.param)
    return found


def test_no_trap_stops_the_class(graded_class: Class) -> None:
    assert graded_class.ended.returncode == 0, graded_class.ended.stdout + graded_class.ended.stderr


@pytest.mark.parametrize("student", TRAPS)
def test_a_trap_gets_what_its_answers_are_worth(graded_class: Class, student: str) -> None:
    scores = graded_class.course.scores(student)
    essay = scores.pop("essay_answer")
    assert scores == {**FULL, **TRAPS[student].scores}
    assert essay in (None, 0.0)  # a person's to grade; 0 where the answer is the empty one of the release


@pytest.mark.parametrize("student", [s for s, trap in TRAPS.items() if trap.noted])
def test_the_instructor_is_told_of_it(by_grader: Class, student: str) -> None:
    assert TRAPS[student].noted in by_grader.course.events(student)


def test_every_graded_notebook_is_kept_and_its_test_cells_hold_the_score(graded_class: Class) -> None:
    for student, trap in TRAPS.items():
        nb = nbformat.read(graded_class.course.autograded(student), as_version=4)
        nbformat.validate(nb)
        for exercise, score in {**FULL, **trap.scores}.items():
            if (first := _shown_first(cell_of(nb, f"{exercise}_tests"))) is not None:
                assert first == score, (student, exercise)
            else:
                assert score == 0, (student, exercise)


def _shown_first(cell: Any) -> float | None:
    """The score at the head of a test cell; None where an error stands there instead."""
    assert cell.outputs, "an empty test cell would be full marks to nbgrader"
    first = next(o for o in cell.outputs if o.output_type in ("execute_result", "error"))
    return float(first.data["text/plain"]) if first.output_type == "execute_result" else None


def test_locked_cells_say_again_what_the_instructor_wrote(graded_class: Class) -> None:
    for student in ("emptied_tests", "removed", "text_for_tests", "swapped_ids"):
        nb = nbformat.read(graded_class.course.autograded(student), as_version=4)
        assert "assert double(21) == 42" in cell_of(nb, "double_tests").source


def test_hidden_tests_land_in_no_history_file(graded_class: Class) -> None:
    left = [p for p in (graded_class.course.folder / "home").rglob("*") if p.is_file()]
    assert not [p for p in left if SECRET.encode() in p.read_bytes()]
    assert not [p for p in left if p.name.startswith("history.sqlite")]


def test_the_table_names_every_student_on_one_line(by_grader: Class) -> None:
    lines = by_grader.ended.stdout.splitlines()
    for student in TRAPS:
        assert any(student in line and "│" in line for line in lines), by_grader.ended.stdout


def test_the_export_agrees_with_the_gradebook(by_grader: Class) -> None:
    course = by_grader.course
    exported = course.nbgrader("export")
    assert exported.returncode == 0, exported.stderr
    with open(course.folder / "grades.csv", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(TRAPS)
    for student, trap in TRAPS.items():
        assert float(rows[student]["raw_score"]) == sum({**FULL, **trap.scores}.values())
        assert float(rows[student]["max_score"]) == 14


def test_a_second_run_finds_nothing_to_do_and_starts_nothing(by_grader: Class) -> None:
    course = TinyCourse(by_grader.course.folder, "/nowhere/zygote.sock")  # a start of anything would fail
    again = course.autograde()
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"{len(TRAPS)} already graded" in again.stdout
