"""The gradebook and what stands beside it are written one after the other: neither may say what the other does not."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.local import LocalExecutor
from grader.cli.course import open_course
from grader.glue import classwide
from grader.glue.classwide import ClassAutograde

from .tiny_course import ASSIGNMENT, TinyCourse
from .traps import FULL

pytestmark = pytest.mark.slow
WRONG = "def double(x):\n    return x"


def test_after_a_backup_was_put_back_all_is_graded_again(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    book, backup = course.folder / "gradebook.db", course.folder / "backup.db"
    course.hand_in("anna", double=WRONG)
    assert "1 graded" in course.autograde().stdout
    shutil.copy(book, backup)
    course.hand_in("anna")
    course.hand_in("ben")
    assert "2 graded" in course.autograde().stdout

    shutil.copy(backup, book)  # it has anna with the points of then, and not ben
    said = course.autograde().stdout
    assert "2 graded" in said and "2 graded again because this changed: gradebook" in said
    assert course.scores("anna")["double"] == course.scores("ben")["double"] == FULL["double"]

    with course.gradebook() as gradebook:  # a person's points are no reason
        grade = gradebook.find_grade("double_tests", "p1", ASSIGNMENT, "anna")
        grade.manual_score = 1.0
        gradebook.db.commit()
    assert "2 already graded" in course.autograde().stdout


def test_another_file_of_the_source_is_a_reason_to_grade_again(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    course.hand_in("anna", mark="def mark():\n    return float(open('points.txt').read())")
    points = course.folder / f"source/{ASSIGNMENT}/points.txt"
    points.write_text("2.5")
    course.autograde()
    assert course.scores("anna")["mark"] == 2.5
    points.write_text("0.5")
    assert "1 graded again because this changed: assignment" in course.autograde().stdout
    assert course.scores("anna")["mark"] == 0.5


def test_what_cannot_be_written_does_not_reach_the_gradebook(
    new_course: Callable[..., TinyCourse], monkeypatch: pytest.MonkeyPatch
) -> None:
    course = new_course()
    course.hand_in("anna", double=WRONG)
    assert "1 graded" in course.autograde().stdout
    before = course.scores("anna")
    course.hand_in("anna")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(classwide, "keep_files", full)
    with contextlib.chdir(course.folder):
        app = open_course(course.folder)
        app.coursedir.assignment_id = ASSIGNMENT
        executor = LocalExecutor(1, lambda: course.zygote)
        (ended,) = ClassAutograde(coursedir=app.coursedir, parent=app).grade_class(
            executor, None, lambda n: None
        )
        executor.close()
    assert ended.how == "not graded" and "no space left" in ended.reason
    assert course.scores("anna") == before
    assert "1 graded" in course.autograde().stdout
    assert {k: v for k, v in course.scores("anna").items() if k in FULL} == FULL


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
def test_autograded_folders_on_another_disk_are_refused_at_once(
    new_course: Callable[..., TinyCourse],
) -> None:
    course = new_course()
    course.hand_in("anna")
    (course.folder / "autograded").mkdir()
    (course.folder / ".grader").mkdir(exist_ok=True)
    script = 'mount -t tmpfs none autograded && exec "$@"'
    grader = str(Path(shutil.which("grader") or "grader"))
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", grader, "autograde", ASSIGNMENT],
        cwd=course.folder,
        env=course.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "lies on another disk than" in done.stderr
    with course.gradebook() as gradebook:
        assert gradebook.assignment_submissions(ASSIGNMENT) == []
