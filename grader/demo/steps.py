"""The steps of a course from source to CSV, each a command that an instructor types."""

from __future__ import annotations

import csv
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.demo.course import ASSIGNMENT, DemoCourse
from grader.demo.roster import Student
from grader.errors import CourseError


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
RELEASE = Step("make the students' version", ("nbgrader", "generate_assignment", ASSIGNMENT))
# 1 means that somebody has to look: the broken files of this class.
GRADE = Step("grade every submission in a box of its own", ("grader", "autograde", ASSIGNMENT), well=(0, 1))
FEEDBACK = Step("write a feedback page for each student", ("nbgrader", "generate_feedback", ASSIGNMENT))
EXPORT = Step("export the grades", ("nbgrader", "export"))


def run(step: Step, course: DemoCourse, tick: Callable[[], None]) -> float:
    """Run a step in the course folder; its output goes to a log.

    Parameters
    ----------
    step : Step
    course : DemoCourse
    tick : callable
        Called a few times a second while the command runs.

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
            env=course.environment(),
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


def write_class_list(course: DemoCourse, students: tuple[Student, ...]) -> None:
    """``students.csv``, as a registrar's office sends it."""
    with (course.folder / "students.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "first_name", "last_name", "email"])
        for s in students:
            writer.writerow([s.name, s.name.title(), "Simulated", f"{s.name}@school.example"])


def graded_so_far(course: DemoCourse) -> int:
    """Number of submissions that have ended, while grading runs."""
    return len(list((course.folder / ".grader" / "results" / ASSIGNMENT).glob("*.json")))
