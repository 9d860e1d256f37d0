"""The steps of a course from source to CSV, each a command that an instructor types."""

from __future__ import annotations

import csv
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.demo.course import DemoCourse
from grader.errors import CourseError
from grader.sandbox.zygote import ADDRESS_VARIABLE


@dataclass(frozen=True)
class Step:
    """A command of the workflow.

    Parameters
    ----------
    title : str
        What it is for.
    command : tuple of str
    well : tuple of int
        Exit codes that are as expected.
    """

    title: str
    command: tuple[str, ...]
    well: tuple[int, ...] = (0,)

    @property
    def line(self) -> str:
        """The command as typed."""
        return " ".join(self.command)


ENROL = Step("enrol the class", ("nbgrader", "db", "student", "import", "students.csv"))
EXPORT = Step("export the grades", ("nbgrader", "export"))


def release(assignment: str) -> Step:
    """Make what students get."""
    return Step("make the students' version", ("nbgrader", "generate_assignment", assignment))


def grade(assignment: str) -> Step:
    """Grade a class; 1 means that somebody has to look: the broken files of this class."""
    return Step("grade each submission in a box", ("grader", "autograde", assignment), well=(0, 1))


def feedback(assignment: str) -> Step:
    """Write a page for each student."""
    return Step("write feedback pages", ("nbgrader", "generate_feedback", assignment))


def run(step: Step, course: DemoCourse, tick: Callable[[], None], zygote: str = "") -> float:
    """Run a step in the course folder; its output goes to a log.

    Parameters
    ----------
    step : Step
    course : DemoCourse
    tick : callable
        Called a few times a second while the command runs.
    zygote : str
        Address of the warm process that the command's boxes are forked from; its own where empty.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    CourseError
        If it ends with an unexpected exit code.
    """
    log = log_of(step, course)
    log.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            step.command,
            cwd=course.folder,
            env=course.environment() | ({ADDRESS_VARIABLE: zygote} if zygote else {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None:
                tick()
                time.sleep(0.2)
        except BaseException:
            process.terminate()
            process.wait(20)
            raise
    if process.returncode not in step.well:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").strip().split("\n")[-8:])
        raise CourseError(
            f"`{step.line}` ended with exit code {process.returncode}; its log {log} ends with\n{tail}"
        )
    return time.monotonic() - began


def log_of(step: Step, course: DemoCourse) -> Path:
    """Where a step's output is kept."""
    return course.folder / "logs" / f"{'_'.join(step.command[:3])}.log"


def write_class_list(course: DemoCourse, students: Sequence[str]) -> None:
    """``students.csv``, as a registrar's office sends it."""
    with (course.folder / "students.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "first_name", "last_name", "email"])
        for name in students:
            writer.writerow([name, name.title(), "Simulated", f"{name}@school.example"])


def graded_so_far(course: DemoCourse, assignment: str) -> int:
    """Number of submissions that have ended, while grading runs."""
    return len(list((course.folder / ".grader" / "results" / assignment).glob("*.json")))
