"""A class over its life: nothing to do, hand grades, late hand-ins, feedback, a stop, two commands at once."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .tiny_course import NOTEBOOK, PROGRAMS, SECRET, TinyCourse
from .traps import FULL

pytestmark = pytest.mark.slow
SLOW = {"square": "import time\ntime.sleep(3)\ndef square(x):\n    return x * x"}


@pytest.fixture(scope="module")
def course(new_course: Callable[..., TinyCourse]) -> TinyCourse:
    """Three students, graded; `anna` has a grade and comments by hand, `late` handed in a day late."""
    course = new_course()
    course.hand_in("anna", square="def square(x):\n    return x + 6")
    course.hand_in("ben")
    course.hand_in("late", when="2015-02-03 15:00:00 UTC")
    late = "--duedate", "2015-02-02 15:00:00 UTC"
    assert course.nbgrader("db", "assignment", "add", "ps1", *late).returncode == 0
    with open(course.folder / "nbgrader_config.py", "a") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    assert course.autograde("--jobs", "1").returncode == 0
    return course


def test_manual_grades_and_comments_survive_grading_again(course: TinyCourse) -> None:
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("essay_answer", NOTEBOOK, "ps1", "anna")
        grade.manual_score, grade.needs_manual_grade, grade.extra_credit = 4.0, False, 0.5
        gradebook.find_grade("square_tests", NOTEBOOK, "ps1", "anna").manual_score = 1.25
        gradebook.find_comment("essay_answer", NOTEBOOK, "ps1", "anna").manual_comment = "Well argued."
        gradebook.db.commit()
    again = course.autograde("--force", "--students", "anna")
    assert again.returncode == 0, again.stdout
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("essay_answer", NOTEBOOK, "ps1", "anna")
        assert (grade.manual_score, grade.extra_credit) == (4.0, 0.5)
        assert gradebook.find_grade("square_tests", NOTEBOOK, "ps1", "anna").manual_score == 1.25
        assert (
            gradebook.find_comment("essay_answer", NOTEBOOK, "ps1", "anna").manual_comment == "Well argued."
        )


def test_late_penalties_apply(course: TinyCourse) -> None:
    with course.gradebook() as gradebook:
        found = gradebook.find_submission("ps1", "late")
        assert found.total_seconds_late == 24 * 3600
        assert found.late_submission_penalty == sum(FULL.values())


def test_the_feedback_page_has_the_sentences_and_no_hidden_test(course: TinyCourse) -> None:
    made = course.nbgrader("generate_feedback", "ps1", "--force")
    assert made.returncode == 0, made.stderr
    page = (course.folder / f"feedback/anna/ps1/{NOTEBOOK}.html").read_text()
    assert "minus four squared is sixteen, SENTINEL_SENTENCE" in page
    assert "Three squared." in page
    assert "test_minus_four" not in page and "def test_" not in page and "pytestmark" not in page


def test_plain_hidden_tests_are_restored_in_the_gradebooks_copy_only(course: TinyCourse) -> None:
    assert SECRET in course.autograded("anna").read_text()  # as with nbgrader: the instructor's copy
    assert SECRET not in (course.submission("anna") / f"{NOTEBOOK}.ipynb").read_text()


def test_the_export_adds_up(course: TinyCourse) -> None:
    assert course.nbgrader("export").returncode == 0
    with open(course.folder / "grades.csv", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["ben"]["score"]) == 6.5
    assert float(rows["late"]["raw_score"]) == 6.5 and float(rows["late"]["score"]) == 0
    assert float(rows["anna"]["score"]) == 1.25 + 3 + 1.5 + 4 + 0.5


def test_a_newer_hand_in_is_graded_without_force(course: TinyCourse) -> None:
    course.hand_in("ben", when="2031-01-01 12:00:00 UTC", double="double = None")
    again = course.autograde()
    assert "1 graded, 2 already graded" in again.stdout
    assert course.scores("ben")["double"] == 0
    assert "3 already graded" in course.autograde().stdout


def test_two_commands_at_once_on_a_course_are_refused(course: TinyCourse) -> None:
    with open(course.folder / ".grader/lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        second = course.autograde("--force")
    assert second.returncode == 2
    assert "this course is being graded by another command" in second.stderr


def test_nbgraders_own_command_waits_for_ours_but_not_for_itself(course: TinyCourse) -> None:
    before = course.scores("ben")
    with open(course.folder / ".grader/lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused = course.nbgrader("autograde", "ps1", "--student", "ben", "--force")
        assert refused.returncode != 0
        assert "this course is being graded by another command" in refused.stderr
        assert course.scores("ben") == before
        fcntl.flock(file, fcntl.LOCK_SH)  # another window of the formgrader
        beside = course.nbgrader("autograde", "ps1", "--student", "ben", "--force")
    assert beside.returncode == 0, beside.stderr
    assert course.scores("ben") == before


def test_an_unknown_assignment_is_one_line(course: TinyCourse) -> None:
    unknown = course.run("grader", "autograde", "ps9")
    assert unknown.returncode == 2
    assert "'ps9' is not in the gradebook; run `nbgrader generate_assignment ps9` first" in unknown.stderr
    assert len(unknown.stderr.strip().splitlines()) == 1


def test_an_unknown_student_is_one_line(course: TinyCourse) -> None:
    unknown = course.autograde("--students", "ben,nobody")
    assert unknown.returncode == 2
    assert "nothing was handed in for ps1 by nobody" in unknown.stderr


def test_a_gradebook_that_another_program_holds_is_not_called_broken(course: TinyCourse) -> None:
    with contextlib.closing(sqlite3.connect(course.folder / "gradebook.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ended = course.autograde("--force")
    assert ended.returncode == 2
    assert "another program is writing" in ended.stderr and "backup" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert course.autograde().returncode == 0


def test_a_corrupt_gradebook_is_one_line_and_is_left_alone(course: TinyCourse, tmp_path: Path) -> None:
    broken = TinyCourse(Path(shutil.copytree(course.folder, tmp_path / "course")), course.zygote)
    garbage = b"SQLite format 3\0" + os.urandom(5000)
    (broken.folder / "gradebook.db").write_bytes(garbage)
    ended = broken.autograde("--force")
    assert ended.returncode == 2
    assert "gradebook" in ended.stderr and "restore it from a backup" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert (broken.folder / "gradebook.db").read_bytes() == garbage
    assert broken.autograded("ben").exists()


# -- a full disk ------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 12 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(tmp_path)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_loses_no_grade(new_course: Callable[..., TinyCourse], small_disk: Path) -> None:
    course = new_course(small_disk)
    course.hand_in("early")
    assert course.autograde().returncode == 0
    graded = course.autograded("early").read_bytes()
    course.hand_in("hapless")
    with open(course.folder / "filling", "wb", buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(b"x" * 4096)
    ended = course.autograde("--force")
    assert ended.returncode in (1, 2)
    assert "no space left on the disk" in (ended.stdout + ended.stderr).lower()
    assert "Traceback" not in ended.stdout + ended.stderr
    (course.folder / "filling").unlink()
    assert {k: course.scores("early")[k] for k in FULL} == FULL
    assert course.autograded("early").read_bytes() == graded
    assert course.autograde().returncode == 0  # and now it goes on
    assert {k: course.scores("hapless")[k] for k in FULL} == FULL


# -- Ctrl-C -----------------------------------------------------------------------------------------------


def _alive(marker: str) -> list[str]:
    """Command lines of processes that carry a variable of ours in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stop_loses_nothing_and_leaves_nothing(
    new_course: Callable[..., TinyCourse], how: signal.Signals
) -> None:
    course = new_course()
    course.hand_in("a_quick")
    for number in range(4):
        course.hand_in(f"b_slow{number}", **SLOW)
    marker = f"GRADER_TEST_MARKER={course.folder}"
    environment = course.environment() | dict([marker.split("=")])
    del environment["GRADER_ZYGOTE"]  # its own zygote: that one must go as well
    command = [str(PROGRAMS / "grader"), "autograde", "ps1", "--jobs", "2"]
    process = subprocess.Popen(
        command,
        cwd=course.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until = time.monotonic() + 60
    while not course.autograded("a_quick").exists():
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(how)
    began = time.monotonic()
    said, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 10  # 2 s on a machine that does nothing else
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "stopped; what is graded stays graded" in said and "Traceback" not in said
    until = time.monotonic() + 6
    while (left := _alive(marker)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []
    assert {k: course.scores("a_quick")[k] for k in FULL} == FULL
    again = course.autograde("--jobs", "2")
    assert again.returncode == 0, again.stdout
    assert "1 already graded" in again.stdout and "4 graded" in again.stdout
    assert all(course.scores(f"b_slow{n}")["square"] == 2 for n in range(4))
    assert not (course.folder / ".grader/build").exists()


# -- plain nbgrader ---------------------------------------------------------------------------------------


def test_plain_nbgrader_grades_no_submission_with_a_link_and_all_others(
    new_course: Callable[..., TinyCourse],
) -> None:
    course = new_course()
    secret = course.folder / "secret.txt"
    secret.write_text("the host's own")
    peeks = "print(open('data.txt').read())\ndef square(x):\n    return x * x"
    (course.hand_in("a_thief", square=peeks).parent / "data.txt").symlink_to(secret)
    course.hand_in("ben")
    ended = course.nbgrader("autograde", "ps1")
    assert ended.returncode == 1
    assert "a_thief: data.txt is a symbolic link" in ended.stderr
    assert not course.autograded("a_thief").parent.exists()
    assert not any(course.scores("a_thief").values())
    assert {k: course.scores("ben")[k] for k in FULL} == FULL


def test_files_that_cells_write_stay_beside_the_graded_notebook(
    new_course: Callable[..., TinyCourse],
) -> None:
    course = new_course()
    writes = "open('made.txt', 'w').write('by the cell')\nopen('data.txt', 'w').write('changed')\n"
    writes += "open('p1.ipynb', 'w').write('forged')\nopen('.hidden', 'w').close()\n"
    folder = course.hand_in("anna", square=writes + "def square(x):\n    return x * x").parent
    (folder / "data.txt").write_text("as handed in")
    assert course.autograde().returncode == 0
    graded = course.autograded("anna").parent
    assert sorted(p.name for p in graded.iterdir()) == ["data.txt", "made.txt", "p1.ipynb"]
    assert (graded / "made.txt").read_text() == "by the cell"
    assert (graded / "data.txt").read_text() == "as handed in"
    assert {k: course.scores("anna")[k] for k in FULL} == FULL
