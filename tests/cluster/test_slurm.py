"""A class graded by Slurm jobs, for real: `grader autograde --cluster slurm` on a cluster of one node."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from course.test_going_on import SLOW, status
from course.tiny_course import ASSIGNMENT, NOTEBOOK, PROGRAMS, TinyCourse, cell_of, source_notebook
from course.traps import FULL

from grader.sandbox.cards import find_cards, torch_knows_cuda

pytestmark = [pytest.mark.slow, pytest.mark.root]
SETTINGS = {"queue": "batch", "cores": 1, "memory": "1GB", "walltime": "00:10:00", "jobs": 2}


@pytest.fixture
def course(new_course: Callable[..., TinyCourse], slurm: dict[str, str]) -> TinyCourse:
    """A course with four students that is graded on two jobs."""
    made = new_course()
    with open(made.folder / "nbgrader_config.py", "a") as config:
        config.write(f"c.Grading.slurm = {SETTINGS}\n")
    for number in range(4):
        made.hand_in(f"s{number}", **SLOW)
    made.hand_in("s3", double="def double(x):\n    return x")
    return made


def autograde(course: TinyCourse, slurm: dict[str, str], *more: str) -> subprocess.Popen[str]:
    """``grader autograde ps1 --cluster slurm`` under way; its jobs start zygotes of their own."""
    environment = {**course.environment(), **slurm}
    del environment["GRADER_ZYGOTE"]
    return subprocess.Popen(
        [str(PROGRAMS / "grader"), "autograde", ASSIGNMENT, "--cluster", "slurm", *more],
        cwd=course.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def queue(slurm: dict[str, str], *more: str) -> list[str]:
    """Ids of Slurm's jobs."""
    done = subprocess.run(
        ["squeue", "-h", "-o", "%i", *more],
        env={**os.environ, **slurm},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Watch until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.1)


def scores(course: TinyCourse, student: str) -> dict[str, float | None]:
    """Automatic scores of the exercises."""
    return {k: v for k, v in course.scores(student).items() if k in FULL}


def logs(course: TinyCourse) -> str:
    """What the jobs wrote."""
    return "\n".join(p.read_text() for p in sorted((course.folder / ".grader/slurm").glob("*")))


def test_a_class_is_graded_by_jobs_and_nothing_is_left(course: TinyCourse, slurm: dict[str, str]) -> None:
    process = autograde(course, slurm)
    output, _ = process.communicate(timeout=180)
    assert process.returncode == 0, output + logs(course)
    assert "2 Slurm jobs asked for" in output and "4 graded" in output
    assert all(scores(course, f"s{n}") == FULL for n in range(3))
    assert scores(course, "s3") == {**FULL, "double": 0.0}
    assert logs(course).count("runner at tls://") == 2
    wait_for(lambda: not queue(slurm))
    assert list((course.folder / ".grader").glob("tls*")) == []
    wait_for(lambda: not runners(), 30)


def test_jobs_that_are_killed_are_replaced_and_cost_nobody_anything(
    course: TinyCourse, slurm: dict[str, str]
) -> None:
    for number in range(8):
        course.hand_in(f"s{number}", **SLOW)
    process = autograde(course, slurm)
    wait_for(lambda: any(status(course, f"s{n}") == "graded" for n in range(8)))
    first = queue(slurm, "-t", "R")
    command = ["scancel", "--signal=KILL", "--full", *first]
    subprocess.run(command, env={**os.environ, **slurm}, check=True, timeout=20)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output + logs(course)
    assert all(scores(course, f"s{n}") == FULL for n in range(8))
    assert logs(course).count("runner at tls://") > len(first)
    wait_for(lambda: not queue(slurm))


def test_a_coordinator_that_is_killed_takes_its_jobs_along(course: TinyCourse, slurm: dict[str, str]) -> None:
    process = autograde(course, slurm)
    wait_for(lambda: any(status(course, f"s{n}") == "graded" for n in range(4)))
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: not queue(slurm), 30)
    wait_for(lambda: not runners(), 30)
    again = autograde(course, slurm)
    output, _ = again.communicate(timeout=180)
    assert again.returncode == 0 and "already graded" in output


# Python of the jobs imports this at its start: cards are made up, with the driver of tests/unit.
CARDS = """
import sys
sys.path.insert(0, {unit!r})
from fake_driver import FakeDriver, card
from grader.cli import devices
from grader.sandbox.cards import find_cards
devices.torch_knows_cuda = lambda: True
devices.find_cards = lambda connect: find_cards(lambda: FakeDriver([card(0), card(1)]))
"""


def test_jobs_lend_the_cards_that_slurm_gave_them_as_the_course_says(
    course: TinyCourse, slurm: dict[str, str], tmp_path: Path
) -> None:
    """Slurm gives each job one of the two; `--device auto` follows from the block and from what notebooks import."""
    nb = source_notebook()
    cell_of(nb, "steps").source = "import torch\nSTEPS = 1_000_000"
    nbformat.write(nb, course.folder / f"source/{ASSIGNMENT}/{NOTEBOOK}.ipynb")
    assert course.nbgrader("generate_assignment", ASSIGNMENT, "--force").returncode == 0
    (tmp_path / "sitecustomize.py").write_text(CARDS.format(unit=str(Path(__file__).parents[1] / "unit")))
    prologue = [f"export PYTHONPATH={tmp_path}${{PYTHONPATH:+:$PYTHONPATH}}", "env | grep CUDA_VISIBLE"]
    block = {**SETTINGS, "prologue": prologue, "directives": ["--gres=gpu:1"]}
    with open(course.folder / "nbgrader_config.py", "a") as config:
        config.write(
            f"c.Grading.slurm = {block}\nc.Grading.gpu_slot_bytes = {8 << 30}\nc.Execute.timeout = 30\n"
        )
    process = autograde(course, slurm)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0 and "4 graded" in output, output + logs(course)
    assert "on cards: c.Grading.slurm asks for some" in output and "differs" not in output
    said = logs(course)
    assert "CUDA_VISIBLE_DEVICES=0" in said and "CUDA_VISIBLE_DEVICES=1" in said
    assert said.count("9 slots of 8.0 GiB") == said.count("1 slot, 1 of them on cards") == 2  # a card each
    assert scores(course, "s0") == FULL


def test_jobs_that_find_no_card_where_one_is_wanted_end_the_run_with_their_reason(
    course: TinyCourse, slurm: dict[str, str]
) -> None:
    if find_cards()[0] and torch_knows_cuda():
        pytest.skip("this machine has a card")
    process = autograde(course, slurm, "--device", "cuda")
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 2, output + logs(course)
    assert "no runner with a graphics card" in output and "Slurm has no job of ours any more" in output
    assert "the last one said: --device cuda: no graphics card can be used on this machine" in output
    assert "Traceback" not in output and not queue(slurm)


def test_jobs_that_cannot_be_runners_are_reported(
    course: TinyCourse, slurm: dict[str, str], tmp_path: Path
) -> None:
    with open(course.folder / "nbgrader_config.py", "a") as config:
        config.write(f"c.Grading.slurm = { ({**SETTINGS, 'queue': 'nonesuch'}) }\n")
    process = autograde(course, slurm)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "grader: Slurm takes no runner" in output and "Traceback" not in output


def runners() -> list[str]:
    """Runner processes on this machine that a Slurm job started."""
    done = subprocess.run(["pgrep", "-f", "grader.cli.slurm_jo[b]"], capture_output=True, text=True)
    return done.stdout.split()
