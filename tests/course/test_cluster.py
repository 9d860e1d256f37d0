"""A class graded elsewhere: on a scheduler and runners as separate processes (`cluster.py`)."""

from __future__ import annotations

import gc
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

pytest.importorskip("distributed", reason="the extra packages `cluster` are not installed")

from grader.batch.connection import connected
from grader.batch.tls import Certificates, make_certificates

from .cluster import Cluster
from .test_going_on import SLOW, status
from .tiny_course import ASSIGNMENT, NOTEBOOK, TinyCourse
from .traps import FULL

pytestmark = pytest.mark.slow
HIDDEN = '''
"""square: the second power, and a submission that harms whoever grades it."""
import multiprocessing
import contextlib
import os
import signal

import pytest

from answers.squares import SQUARES

pytestmark = pytest.mark.exercise("square")


@pytest.mark.points(2)
def test_squares(student):
    """Squares."""
    for number, square in SQUARES.items():
        found = student.square(number).value
        if found == "poison":
            os.kill(multiprocessing.parent_process().pid, signal.SIGKILL)
        assert found == square, "a square is a number times itself"
'''
POISON = {"square": "def square(x):\n    return 'poison'"}
READS = {"mark": "def mark():\n    return float(open('data.txt').read())"}
WRITES = {"mark": "def mark():\n    open('made.txt', 'w').write('made here')\n    return 1.5"}


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of all courses here, which runners do not see."""
    return tmp_path_factory.mktemp("courses")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, zygote: str, hidden: Path) -> Iterator[Cluster]:
    """A scheduler for these tests."""
    made = Cluster(tmp_path_factory.mktemp("cluster"), zygote, hidden)
    yield made
    made.close()


@pytest.fixture
def course(new_course: Callable[..., TinyCourse], hidden: Path, request: pytest.FixtureRequest) -> TinyCourse:
    """A course whose hidden test imports a reference."""
    made = new_course(hidden / request.node.name)
    (made.folder / "tests/hidden/ps1/test_square.py").write_text(HIDDEN)
    (made.folder / "answers").mkdir()
    with open(made.folder / "nbgrader_config.py", "a") as config:
        config.write('c.Grading.reference = ["answers"]\n')
    (made.folder / "answers/squares.py").write_text("SQUARES = {3: 9, -4: 16}\n")
    return made


def scores(course: TinyCourse, student: str) -> dict[str, float | None]:
    """Automatic scores of the exercises."""
    return {k: v for k, v in course.scores(student).items() if k in FULL}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 60) -> None:
    """Watch until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)


def test_a_class_gets_the_same_scores_there_as_here(cluster: Cluster, course: TinyCourse) -> None:
    course.hand_in("anna")
    course.hand_in("ben", double="def double(x):\n    return x")
    course.hand_in("carl", **READS)
    (course.submission("carl") / "data.txt").write_text("2.5")
    course.hand_in("dora", **WRITES, square="def square(x):\n    return 9")
    course.hand_in("emil", b"no notebook")
    students = ("anna", "ben", "carl", "dora")
    here = course.autograde("--jobs", "2")
    assert here.returncode == 1, here.stdout
    locally = {s: scores(course, s) for s in students}
    said = {s: course.result(s)["notebooks"][NOTEBOOK]["exercises"] for s in students}

    cluster.have(2)
    there = cluster.autograde(course, "--force")
    output, _ = there.communicate(timeout=120)
    assert there.returncode == 1, output  # emil
    assert "4 graded, 1 not graded" in output
    assert {s: scores(course, s) for s in students} == locally
    assert locally["anna"] == FULL and locally["ben"] != FULL and locally["carl"]["mark"] == 2.5
    for student in students:
        found = course.result(student)["notebooks"][NOTEBOOK]["exercises"]
        assert without_times(found) == without_times(said[student])
    assert (course.autograded("dora").parent / "made.txt").read_text() == "made here"
    again, _ = cluster.autograde(course).communicate(timeout=60)
    assert "4 already graded, 1 not graded" in again


def without_times(noted: object) -> object:
    """What was noted of a grading, without how long it took."""
    if isinstance(noted, dict):
        return {k: without_times(v) for k, v in noted.items() if k != "seconds"}
    return [without_times(v) for v in noted] if isinstance(noted, list) else noted


def test_a_changed_reference_is_the_one_that_counts(cluster: Cluster, course: TinyCourse) -> None:
    """A runner's processes have imported the old one."""
    course.hand_in("anna")
    cluster.have(2)
    assert cluster.autograde(course).wait(60) == 0
    assert scores(course, "anna") == FULL
    (course.folder / "answers/squares.py").write_text("SQUARES = {3: 10}\n")
    assert cluster.autograde(course).wait(60) == 0
    assert scores(course, "anna") == {**FULL, "square": 0.0}


def test_where_a_class_is_graded_is_no_reason_to_grade_again(cluster: Cluster, course: TinyCourse) -> None:
    course.hand_in("anna")
    cluster.have(2)
    assert cluster.autograde(course).wait(60) == 0
    files = Certificates.below(cluster.tls)
    named = {"ca": str(files.ca), "cert": str(files.cert), "key": str(files.key)}
    with open(course.folder / "nbgrader_config.py", "a") as config:
        config.write(f"c.Grading.tls = {named}\nc.Grading.slurm = {{'cores': 2, 'memory': '4GB'}}\n")
    course.hand_in("ben")
    done = course.autograde("--cluster", cluster.address)
    assert done.returncode == 0, done.stderr
    assert "1 graded, 1 already graded" in done.stdout


def test_what_does_not_travel_is_named(cluster: Cluster, course: TinyCourse) -> None:
    course.hand_in("anna")
    with open(course.folder / "nbgrader_config.py", "a") as config:
        config.write('c.Grading.reference = ["elsewhere"]\n')
    (course.folder / "tests/hidden/ps1/conftest.py").write_text("import answers.squares\n")
    cluster.have(2)
    output, _ = cluster.autograde(course).communicate(timeout=60)
    assert "No module named 'answers'" in output and "c.Grading.reference" in output


def test_a_runner_killed_in_the_middle_costs_nobody_anything(cluster: Cluster, course: TinyCourse) -> None:
    students = [f"s{n}" for n in range(5)]
    for student in students:
        course.hand_in(student, **SLOW)
    victim, _ = cluster.have(2)[:2]
    process = cluster.autograde(course)
    wait_for(lambda: any(status(course, s) == "graded" for s in students), process)
    victim.kill()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert all(scores(course, s) == FULL for s in students)
    assert not any("died" in course.events(s) for s in students)


def test_a_submission_that_kills_its_runners_is_set_aside(cluster: Cluster, course: TinyCourse) -> None:
    course.hand_in("mallory", **POISON)
    for student in ("anna", "ben", "carl"):
        course.hand_in(student)
    runners = cluster.have(3)
    process = cluster.autograde(course)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1, output
    assert "mallory: its runner died 2 times" in output
    assert "3 graded, 1 not graded" in output
    assert all(scores(course, s) == FULL for s in ("anna", "ben", "carl"))
    assert sum(r.poll() is None for r in runners) == 1


def test_a_scheduler_that_goes_away_stops_the_run_and_the_next_one_goes_on(
    cluster: Cluster, course: TinyCourse, tmp_path: Path, zygote: str, hidden: Path
) -> None:
    for number in range(3):
        course.hand_in(f"s{number}", **SLOW)
    other = Cluster(tmp_path, zygote, hidden)
    try:
        (runner,) = other.have(1)
        process = other.autograde(course)
        wait_for(lambda: status(course, "s0") == "graded", process)
        other.scheduler.kill()
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 2, output
        assert "grader: the scheduler has gone; what is graded stays graded" in output
        assert runner.wait(20) == 1
    finally:
        other.close()
    assert scores(course, "s0") == FULL
    cluster.have(1)
    again = cluster.autograde(course)
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 0 and "already graded" in output
    assert all(scores(course, f"s{n}") == FULL for n in range(3))


def test_a_polite_stop_of_the_run_is_quick(cluster: Cluster, course: TinyCourse) -> None:
    for number in range(3):
        course.hand_in(f"s{number}", square="import time\ntime.sleep(60)\ndef square(x):\n    return x * x")
    cluster.have(1)
    process = cluster.autograde(course)
    wait_for(lambda: bool(list((course.folder / ".grader/build").glob("*"))), process)
    time.sleep(1.0)
    process.terminate()
    began = time.monotonic()
    output, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 10  # 2 s on a machine that does nothing else
    assert process.returncode == 143 and "stopped; what is graded stays graded" in output
    course.hand_in("s0")  # the runner does not go on with what nobody waits for
    assert cluster.autograde(course, "--students", "s0").wait(30) == 0


def test_a_runner_ends_within_two_seconds_and_leaves_nothing(
    cluster: Cluster, course: TinyCourse, tmp_path: Path
) -> None:
    for number in range(2):
        course.hand_in(f"s{number}", **SLOW)
    for runner in cluster.runners:
        runner.kill()
    runner = cluster.start_runner(GRADER_ZYGOTE="", TMPDIR=str(tmp_path), XDG_RUNTIME_DIR="")
    cluster.await_runner(runner)
    process = cluster.autograde(course)
    children = psutil.Process(runner.pid).children
    wait_for(
        lambda: sum("forkserver" in " ".join(c.cmdline()) for c in children(recursive=True)) > 1, process
    )
    wait_for(lambda: any("bwrap" in c.name() for c in children(recursive=True)), process)
    left = children(recursive=True)
    assert list(tmp_path.iterdir())
    runner.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert runner.wait(20) == 0, runner.log.read_text()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 10  # 2 s on a machine that does nothing else
    psutil.wait_procs(left, 2)
    assert [c for c in left if c.is_running() and c.status() != "zombie"] == []
    assert list(tmp_path.iterdir()) == []
    cluster.have(1)  # what it had begun is graded elsewhere
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert all(scores(course, s) == FULL for s in ("s0", "s1"))


def test_a_connection_that_answers_no_more_is_left(cluster: Cluster) -> None:
    certificates = Certificates.below(cluster.tls)
    with connected(cluster.address, certificates) as client:
        client.loop.add_callback(time.sleep, 40)
        began = time.monotonic()
    del client
    gc.collect()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("command", [("autograde", ASSIGNMENT, "--cluster"), ("runner",)])
def test_a_plain_connection_to_another_machine_is_refused(
    course: TinyCourse, command: tuple[str, ...]
) -> None:
    done = course.run("grader", *command, "tcp://192.0.2.7:8786")
    assert done.returncode == 2
    assert "not encrypted" in done.stderr and "grader scheduler --make-certificates" in done.stderr


def test_without_the_right_certificate_nobody_comes_in(
    cluster: Cluster, course: TinyCourse, tmp_path: Path
) -> None:
    course.hand_in("anna")
    make_certificates(tmp_path / "theirs")
    done = course.autograde("--cluster", cluster.address, "--tls", str(tmp_path / "theirs"))
    assert done.returncode == 2 and "a certificate of another authority" in done.stderr
    assert "Traceback" not in done.stderr
    runner = course.run("grader", "runner", cluster.address, "--tls", str(tmp_path / "theirs"))
    assert runner.returncode == 2 and "a certificate of another authority" in runner.stderr
    assert "Traceback" not in runner.stderr
    # somebody who knows our authority and has no certificate of it
    stranger = ssl.create_default_context(cafile=Certificates.below(cluster.tls).ca)
    stranger.check_hostname = False
    theirs = Certificates.below(tmp_path / "theirs")
    stranger.load_cert_chain(theirs.cert, theirs.key)
    parts = urlsplit(cluster.address)
    with socket.create_connection((parts.hostname, parts.port), 10) as plain, pytest.raises(OSError):
        with stranger.wrap_socket(plain) as connection:
            connection.recv(1)
            raise AssertionError("the scheduler lets strangers in")


def test_an_address_where_nobody_listens_is_reported(cluster: Cluster, course: TinyCourse) -> None:
    course.hand_in("anna")
    nowhere = ("tls://127.0.0.1:9", "--tls", str(cluster.tls))
    done = course.autograde("--cluster", *nowhere)
    assert done.returncode == 2 and "no scheduler answers at" in done.stderr
    done = course.run("grader", "runner", *nowhere)
    assert done.returncode == 2 and "no scheduler answers at" in done.stderr


def test_certificates_are_for_their_owner_only(cluster: Cluster) -> None:
    made = Certificates.below(cluster.tls)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (made.ca, made.cert, made.key))
    assert cluster.tls.stat().st_mode & 0o777 == 0o700
