"""Never lose, never repeat: runs that are killed at bad moments, and what is a reason to grade again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import nbformat
import psutil
import pytest

from grader.cli.running import GOES_ON
from grader.glue.results import AGAIN

from .tiny_course import NOTEBOOK, PROGRAMS, TinyCourse
from .traps import FULL

pytestmark = pytest.mark.slow
SLOW = {"square": "import time\ntime.sleep(2)\ndef square(x):\n    return x * x"}
# A kernel that can be told from outside: prctl(PR_SET_NAME) renames its process.
NAMED = "import ctypes\nctypes.CDLL(None).prctl(15, b'in-slow-cell', 0, 0, 0)\n"
STUDENTS = [f"s{n}" for n in range(5)]


@contextlib.contextmanager
def running(
    course: TinyCourse, *arguments: str, own_zygote: bool = False, program: str = "grader"
) -> Iterator[subprocess.Popen[str]]:
    """``grader autograde ps1`` under way, or nbgrader's own."""
    jobs = ("--jobs", "2") if program == "grader" else ()
    environment = course.environment()
    if own_zygote:
        del environment["GRADER_ZYGOTE"]
    process = subprocess.Popen(
        [str(PROGRAMS / program), "autograde", "ps1", *jobs, *arguments],
        cwd=course.folder,
        env=environment,
        start_new_session=True,  # as a terminal has its commands: Ctrl-C goes to all of their processes
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def processes(run: subprocess.Popen[str], words: str) -> list[int]:
    """Processes of a run whose command line contains `words`, oldest first."""
    found = []
    for process in psutil.Process(run.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if words in " ".join(process.cmdline()):
                found.append(process.pid)
    return sorted(found)


def status(course: TinyCourse, student: str) -> str:
    """What stands in a student's result."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((course.folder / f".grader/results/ps1/{student}.json").read_text())
        return str(found["status"])
    return ""


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 60) -> None:
    """Watch closely until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        assert process.poll() is None, process.communicate()[0]


def scores(course: TinyCourse, student: str) -> dict[str, float | None]:
    """Automatic scores of the exercises."""
    return {k: v for k, v in course.scores(student).items() if k in FULL}


def test_a_run_killed_at_any_moment_of_saving_goes_on_and_repeats_nothing(
    new_course: Callable[..., TinyCourse],
) -> None:
    course = new_course()
    for student in STUDENTS:
        course.hand_in(student)
    stamps: dict[str, tuple[int, int]] = {}

    def check_what_stands() -> None:
        for student in STUDENTS:
            path = course.autograded(student)
            if path.exists():
                nbformat.validate(nbformat.read(path, as_version=4))
            if status(course, student) == "graded":
                found = path.stat()
                assert scores(course, student) == FULL
                assert stamps.setdefault(student, (found.st_ino, found.st_mtime_ns)) == (
                    found.st_ino,
                    found.st_mtime_ns,
                ), f"{student} was graded twice"

    for delay in (0.0, 0.03):
        before = {s: status(course, s) for s in STUDENTS}
        with running(course) as process:
            wait_for(lambda: any(status(course, s) == "saving" != before[s] for s in STUDENTS), process)  # noqa: B023
            time.sleep(delay)
            process.kill()
            process.wait()
        check_what_stands()
    last = course.autograde()
    assert last.returncode == 0, last.stdout
    check_what_stands()
    assert set(stamps) == set(STUDENTS)
    with course.gradebook() as gradebook:
        assert sorted(s.student.id for s in gradebook.assignment_submissions("ps1")) == STUDENTS
    assert f"{len(STUDENTS)} already graded" in course.autograde().stdout
    assert not (course.folder / ".grader/build").exists()


def test_a_folder_taken_away_by_a_killed_run_comes_back(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    course.hand_in("anna")
    assert course.autograde().returncode == 0
    graded = course.autograded("anna").read_bytes()
    taken = course.folder / ".grader/build/anna/ps1.old"  # as it stands between two renames
    taken.parent.mkdir(parents=True)
    course.autograded("anna").parent.rename(taken)
    course.hand_in("anna", b"broken by now")
    assert course.autograde().returncode == 1
    assert course.autograded("anna").read_bytes() == graded
    assert scores(course, "anna") == FULL


def name_of(process: int) -> str:
    """Name of a process; empty where it has gone."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(process).name()
    return ""


def network_of(process: int) -> str:
    """Network namespace that a process is in; empty where it has gone."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{process}/ns/net")
    return ""


@pytest.mark.parametrize(
    ("victim", "program"),
    [
        ("outer process of a box", "grader"),
        ("first process in a box", "grader"),
        ("kernel", "grader"),
        ("kernel", "nbgrader"),
    ],
)
def test_a_killed_box_or_kernel_costs_nobody_anything(
    new_course: Callable[..., TinyCourse], victim: str, program: str
) -> None:
    course = new_course()
    for student in STUDENTS[:4]:
        course.hand_in(student, square=NAMED + SLOW["square"])

    def found() -> list[int]:
        kernels = [
            pid for pid in processes(process, "grader.inside.zygote") if name_of(pid) == "in-slow-cell"
        ]
        if victim == "kernel" or not kernels:
            return kernels
        # The box of that kernel: what else is in its namespaces, and what started that.
        inner = [pid for pid in processes(process, "bwrap") if network_of(pid) == network_of(kernels[0])]
        return [psutil.Process(pid).ppid() if victim.startswith("outer") else pid for pid in inner[:1]]

    with running(course, own_zygote=True, program=program) as process:
        wait_for(lambda: bool(found()), process)
        os.kill(found()[0], signal.SIGKILL)
        said, _ = process.communicate(timeout=90)
    assert process.returncode == 0, said
    assert all(scores(course, s) == FULL for s in STUDENTS[:4])
    assert not any("died" in course.events(s) for s in STUDENTS[:4])
    assert sum("once more" in course.events(s) for s in STUDENTS[:4]) == 1, "nobody was hit"
    if program == "grader":
        assert f"{len(STUDENTS[:4])} already graded" in course.autograde().stdout


@pytest.mark.parametrize("victim", ["zygote", "worker", "fork server"])
def test_a_killed_part_costs_nobody_anything(new_course: Callable[..., TinyCourse], victim: str) -> None:
    course = new_course()
    for student in STUDENTS[:4]:
        course.hand_in(student, **SLOW)
    with running(course, own_zygote=True) as process:
        # The fork server is older than the workers that it forks, and those come after the zygote.
        wait_for(lambda: len(processes(process, "forkserver")) > 1, process)
        time.sleep(2.0)
        server, *workers = processes(process, "forkserver")
        zygote = processes(process, "grader.inside.zygote")[0]
        os.kill({"zygote": zygote, "worker": workers[-1], "fork server": server}[victim], signal.SIGKILL)
        said, _ = process.communicate(timeout=90)
    assert process.returncode == 0, said
    assert all(scores(course, s) == FULL for s in STUDENTS[:4])
    assert not any("died" in course.events(s) for s in STUDENTS[:4])


def test_a_polite_stop_is_quick(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    for student in STUDENTS[:3]:
        course.hand_in(student, square="import time\ntime.sleep(60)\ndef square(x):\n    return x * x")
    with running(course) as process:
        wait_for(lambda: bool(list((course.folder / ".grader/build").glob("*"))), process)
        time.sleep(1.0)
        process.terminate()
        began = time.monotonic()
        said, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 10  # 2 s on a machine that does nothing else
    assert process.returncode == 143
    assert "stopped; what is graded stays graded" in said


def test_ctrl_c_while_everything_still_starts_says_one_line(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    course.hand_in("anna")
    for starting in ("forkserver", "zygote"):  # each imports for a second from then on
        with running(course, own_zygote=True) as process:
            wait_for(lambda: bool(processes(process, starting)), process)  # noqa: B023
            time.sleep(0.2)
            os.killpg(process.pid, signal.SIGINT)
            said, _ = process.communicate(timeout=30)
        assert (process.returncode, said.splitlines()) == (130, [GOES_ON]), said


def test_force_goes_on_without_force_where_it_was_stopped(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    for student in STUDENTS:
        course.hand_in(student, square="import time\ntime.sleep(0.7)\ndef square(x):\n    return x * x")
    assert course.autograde().returncode == 0
    with running(course, "--force") as process:
        wait_for(lambda: all(status(course, s) == AGAIN for s in STUDENTS), process)
        wait_for(lambda: any(status(course, s) == "graded" for s in STUDENTS), process)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command without --force goes on from here" in " ".join(said.split())  # lines are folded
    done = sum(status(course, s) == "graded" for s in STUDENTS)
    assert 0 < done < len(STUDENTS)
    assert all(scores(course, s) == FULL for s in STUDENTS)  # those of before, where there are no new ones
    assert f"{len(STUDENTS) - done} graded, {done} already graded" in course.autograde().stdout


def test_only_what_changed_is_a_reason_to_grade_again(new_course: Callable[..., TinyCourse]) -> None:
    course = new_course()
    for student in ("anna", "ben"):
        course.hand_in(student)
    assert "2 graded" in course.autograde().stdout

    course.hand_in("ben", double="double = None")
    assert "1 graded, 1 already graded" in (again := course.autograde().stdout)
    assert "1 graded again because this changed: submission" in again
    assert course.scores("ben")["double"] == 0

    with open(course.folder / "tests/hidden/ps1/test_square.py", "a") as file:
        file.write("\n# another thought\n")
    assert "2 graded again because this changed: tests" in course.autograde().stdout

    with open(course.folder / "nbgrader_config.py", "a") as file:
        file.write("c.Grading.limits = {'cell_seconds': 33.0}\n")
    assert "2 graded again because this changed: settings" in course.autograde().stdout

    (course.folder / "reference").mkdir()
    (course.folder / "reference/squares.py").write_text("def square(x): return x * x")
    assert (
        "2 graded again because this changed: reference" in course.autograde("--students", "anna,ben").stdout
    )
    assert "2 already graded" in course.autograde().stdout
    course.autograded("ben").unlink()
    assert "1 graded, 1 already graded" in course.autograde().stdout
    assert course.autograded("ben").exists()
    assert "2 graded in" in course.autograde("--force").stdout
    assert NOTEBOOK in course.result("anna")["notebooks"]
