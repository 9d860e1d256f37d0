"""The gradebook in PostgreSQL: the same class, the same grades, and a server that goes away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from nbgrader.api import Gradebook

from . import postgres
from .test_going_on import SLOW, running, status, wait_for
from .tiny_course import ASSIGNMENT, NOTEBOOK, TinyCourse
from .traps import FULL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server for these tests."""
    with postgres.server() as running:
        yield running


@pytest.fixture(scope="module")
def course(new_course: Callable[..., TinyCourse], server: postgres.Server) -> TinyCourse:
    """A course whose gradebook lies there, with three students graded."""
    course = new_course()
    (course.folder / "gradebook.db").unlink()
    with open(course.folder / "nbgrader_config.py", "a") as file:
        file.write(f"c.CourseDirectory.db_url = {server.url!r}\n")
    made = course.nbgrader("generate_assignment", ASSIGNMENT, "--force")
    assert made.returncode == 0, made.stderr
    for student in ("anna", "ben", "Zoë-Łukasz 李"):
        course.hand_in(student)
    course.hand_in("ben", double="double = None")
    assert (ended := course.autograde()).returncode == 0, ended.stdout + ended.stderr
    return course


def scores(server: postgres.Server, student: str) -> dict[str, float | None]:
    """Automatic scores in the server."""
    with Gradebook(server.url, "tiny") as gradebook:
        found = gradebook.find_submission_notebook(NOTEBOOK, ASSIGNMENT, student)
        return {g.name.removesuffix("_tests"): g.auto_score for g in found.grades if g.auto_score is not None}


def test_the_grades_are_in_the_server(course: TinyCourse, server: postgres.Server) -> None:
    assert not (course.folder / "gradebook.db").exists()
    assert scores(server, "Zoë-Łukasz 李") == FULL
    assert scores(server, "ben") == {**FULL, "double": 0.0}


def test_manual_grades_survive_and_nothing_is_graded_twice(
    course: TinyCourse, server: postgres.Server
) -> None:
    with Gradebook(server.url, "tiny") as gradebook:
        grade = gradebook.find_grade("essay_answer", NOTEBOOK, ASSIGNMENT, "anna")
        grade.manual_score, grade.needs_manual_grade = 4.0, False
        gradebook.db.commit()
    assert "3 already graded" in course.autograde().stdout
    assert course.autograde("--force", "--students", "anna").returncode == 0
    with Gradebook(server.url, "tiny") as gradebook:
        assert gradebook.find_grade("essay_answer", NOTEBOOK, ASSIGNMENT, "anna").manual_score == 4.0


def test_a_crashed_server_costs_no_grade_and_the_next_run_goes_on(
    course: TinyCourse, server: postgres.Server
) -> None:
    course.hand_in("dora")
    server.stop("immediate")
    ended = course.autograde()
    assert ended.returncode == 2 and "gradebook" in ended.stderr and "is it running?" in ended.stderr
    assert "Traceback" not in ended.stderr and len(ended.stderr.strip().splitlines()) == 1
    server.start()
    assert "1 graded, 3 already graded" in course.autograde().stdout
    assert scores(server, "dora") == FULL


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_server_that_crashes_in_the_middle_of_a_run(
    course: TinyCourse, server: postgres.Server, comes_back: bool
) -> None:
    students = [f"{name}-{comes_back}" for name in ("emil", "fay", "gus")]
    for student in students:
        course.hand_in(student, **SLOW)
    with running(course, "--students", ",".join(students)) as run:
        wait_for(lambda: bool(list((course.folder / ".grader/build").glob("*/ps1/*"))), run)
        server.stop("immediate")
        time.sleep(1.0)
        if comes_back:
            server.start()
        said, _ = run.communicate(timeout=90)
    if comes_back:  # it costs nobody anything
        assert run.returncode == 0 and "3 graded in" in said, said
    else:
        assert run.returncode == 2 and len(said.strip().splitlines()) == 1, said
        assert "is it running?" in said and "the same command goes on" in said and "backup" not in said
        assert not any(status(course, student) == "not graded" for student in students)
        server.start()
        said = course.autograde("--students", ",".join(students)).stdout
        counts = re.findall(r"(\d+) (?:already )?graded", said)  # the crash may have come after the first
        assert sum(map(int, counts)) == 3 and "not graded" not in said, said
    assert all(scores(server, student) == FULL for student in students)


def test_the_export_reads_it(course: TinyCourse) -> None:
    assert course.nbgrader("export").returncode == 0
    assert "Zoë" in (course.folder / "grades.csv").read_text()
