"""Reads what grading left behind: points from the gradebook and the CSV, findings from the results.

The gradebook and ``grades.csv`` are what counts for a student, so the demo's table is made from them;
the results file beside them adds what each hidden test found.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.demo.course import ASSIGNMENT, NOTEBOOK, DemoCourse
from grader.glue.results import read_result

if TYPE_CHECKING:  # imported when needed: nbgrader takes a second
    from nbgrader.api import Gradebook


@dataclass(frozen=True)
class Found:
    """What grading found about one exercise of one student.

    Parameters
    ----------
    score, maximum : float
        From the gradebook.
    misconceptions : tuple of str
        That hidden tests named, in their order.
    sentences : tuple of str
        Of the failed hidden tests.
    """

    score: float
    maximum: float
    misconceptions: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What grading found about one student."""

    graded: bool
    reason: str = ""
    exercises: dict[str, Found] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    needs_a_person: bool = False
    exported: float | None = None  # raw score in grades.csv; None where the student is not in it


def read_outcomes(course: DemoCourse, students: list[str], language: str) -> dict[str, Outcome]:
    """What became of each student.

    Parameters
    ----------
    course : DemoCourse
    students : list of str
    language : {"en", "fr"}
        Of the sentences.
    """
    from nbgrader.api import Gradebook

    exported = _exported(course)
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        return {s: _outcome(course, gradebook, s, language, exported.get(s)) for s in students}


def _outcome(
    course: DemoCourse, gradebook: Gradebook, student: str, language: str, exported: float | None
) -> Outcome:
    result = read_result(course.folder, ASSIGNMENT, student)
    if result.get("status") != "graded":
        return Outcome(False, result.get("reason", "no result was written"), exported=exported)
    notebook = result["notebooks"][NOTEBOOK]
    failed = {
        e["exercise"]: [o["finding"] for o in e["outcomes"] if o["finding"] is not None]
        for e in notebook["exercises"]
    }
    exercises = {}
    for name, (score, maximum) in _points(gradebook, student).items():
        findings = failed.get(name, [])
        exercises[name] = Found(
            score,
            maximum,
            tuple(dict.fromkeys(f["misconception"] for f in findings if f["misconception"])),
            tuple(f["text"][language] for f in findings),
        )
    return Outcome(True, "", exercises, tuple(notebook["events"]), notebook["needs_a_person"], exported)


def _points(gradebook: Gradebook, student: str) -> dict[str, tuple[float, float]]:
    """Points of the automatically graded cells, by exercise."""
    from nbgrader.api import MissingEntry

    try:
        grades = gradebook.find_submission_notebook(NOTEBOOK, ASSIGNMENT, student).grades
    except MissingEntry:
        return {}
    suffix = "_tests"
    return {
        g.name.removesuffix(suffix): (float(g.auto_score or 0), float(g.max_score))
        for g in grades
        if g.name.endswith(suffix)
    }


def _exported(course: DemoCourse) -> dict[str, float]:
    path = course.folder / "grades.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["assignment"] == ASSIGNMENT]
    return {r["student_id"]: float(r["raw_score"] or 0) for r in rows}
