"""Letters that are none, in names and in notebooks, and what a killed run of another assignment left: nobody else is hurt."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .tiny_course import TinyCourse, cell_of
from .traps import FULL

pytestmark = pytest.mark.slow


def test_names_that_are_no_text_cost_their_owner_only(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    folder = course.hand_in("anna").parent
    os.symlink("/etc/passwd", os.fsencode(folder) + b"/\xff")  # the reason names the file
    path = course.hand_in("ben")
    path.rename(Path(str(path.parent), "\udcff\n\x1b[31m.ipynb"))
    half = course.notebook()
    cell_of(half, "double").source = "def double(x):\n    return 2 * x  # \ud83d"
    course.hand_in("carl", json.dumps(half, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    course.hand_in("dora", json.dumps(half, ensure_ascii=False).encode("utf-16", "surrogatepass"))
    course.hand_in("emil", json.dumps(course.notebook()).encode("utf-16"))
    course.hand_in("zoe")
    ended = course.autograde()
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert course.scores("zoe").items() >= FULL.items()
    assert course.scores("emil").items() >= FULL.items()
    reasons = {s: course.result(s)["reason"] for s in ("anna", "ben", "carl", "dora")}
    assert reasons["anna"].startswith(r"\udcff is a symbolic link")
    assert reasons["ben"].startswith(r"handed in \udcff\n\x1b[31m.ipynb; expected p1.ipynb")
    assert "half a character" in reasons["carl"] and "half a character" in reasons["dora"]
    assert not course.scores("anna")


def test_what_a_killed_run_of_another_assignment_took_away_comes_back(
    new_course: Callable[..., TinyCourse],
) -> None:
    course = new_course()
    course.hand_in("anna")
    taken = course.folder / ".grader/build/anna/ps0.old"  # as it stands between two renames
    taken.mkdir(parents=True)
    (taken / "p0.ipynb").write_text("graded before")
    assert course.autograde().returncode == 0
    assert (course.folder / "autograded/anna/ps0/p0.ipynb").read_text() == "graded before"
