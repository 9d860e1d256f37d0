"""``c.Execute.*`` of a plain nbgrader course is obeyed by the sandboxed Execute."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import pytest

from .tiny_course import TinyCourse, cell_of
from .traps import FULL

pytestmark = pytest.mark.slow
ENDLESS = "def double(x):\n    return 2 * x\nkept = 1\nwhile True: pass"
NEEDS_KEPT = "def mark():\n    return 1.5 if 'kept' in globals() else 0.5"


def errors_of(course: TinyCourse, student: str, grade_id: str) -> list[str]:
    """Names of the errors shown under a cell."""
    nb = nbformat.read(course.autograded(student), as_version=4)
    return [o.ename for o in cell_of(nb, grade_id).outputs if o.output_type == "error"]


def test_timeout_and_its_error_are_the_courses(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    course.hand_in("anna", double=ENDLESS, mark=NEEDS_KEPT)
    with open(course.folder / "nbgrader_config.py", "a") as file:
        file.write(
            "c.Execute.error_on_timeout = {'ename': 'TooSlow', 'evalue': '', 'traceback': ['too slow']}\n"
        )
    assert course.nbgrader("autograde", "ps1", "--Execute.timeout=1").returncode == 0
    assert errors_of(course, "anna", "double") == ["KeyboardInterrupt", "TooSlow"]
    assert {k: course.scores("anna")[k] for k in FULL} == FULL  # interrupted: the kernel kept its names
    assert (
        course.nbgrader("autograde", "ps1", "--force", "--Execute.interrupt_on_timeout=False").returncode == 0
    )
    scores = course.scores("anna")
    assert (scores["square"], scores["double"], scores["mark"]) == (
        2.0,
        0.0,
        0.5,
    )  # a fresh kernel without that cell
