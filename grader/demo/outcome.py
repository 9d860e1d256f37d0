"""Reads what grading left behind: points from the gradebook and the CSV, findings from the results.

The gradebook and ``grades.csv`` are what counts for a student, so the demo's table is made from them;
the results file beside them adds what each hidden test found.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.demo.course import DemoCourse
from grader.demo.submission import Assignment
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


def read_outcomes(course: DemoCourse, assignment: Assignment, language: str) -> dict[str, Outcome]:
    """What became of each student of an assignment's class.

    Parameters
    ----------
    course : DemoCourse
    assignment : Assignment
    language : {"en", "fr"}
        Of the sentences.
    """
    from nbgrader.api import Gradebook

    exported = exported_scores(course, assignment.name)
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        return {
            s.name: _outcome(course, gradebook, assignment, s.name, language, exported.get(s.name))
            for s in assignment.students
        }


def _outcome(
    course: DemoCourse,
    gradebook: Gradebook,
    assignment: Assignment,
    student: str,
    language: str,
    exported: float | None,
) -> Outcome:
    result = read_result(course.folder, assignment.name, student)
    if result.get("status") != "graded":
        there = course.submission(student, assignment.name).exists()
        silence = "no result was written" if there else "nothing was handed in"
        return Outcome(False, result.get("reason", silence), exported=exported)
    exercises: dict[str, Found] = {}
    events: list[str] = []
    for notebook in assignment.notebooks:
        graded = result["notebooks"].get(notebook.name)
        if graded is None:
            continue
        events += graded["events"]
        failed = {
            e["exercise"]: [o["finding"] for o in e["outcomes"] if o["finding"] is not None]
            for e in graded["exercises"]
        }
        for name, points in _points(gradebook, assignment.name, notebook.name, student).items():
            findings = failed.get(name, [])
            exercises[name] = Found(
                *points,
                tuple(dict.fromkeys(f["misconception"] for f in findings if f["misconception"])),
                tuple(f["text"][language] for f in findings),
            )
    needs_a_person = any(n["needs_a_person"] for n in result["notebooks"].values())
    return Outcome(True, "", exercises, tuple(events), needs_a_person, exported)


def _points(
    gradebook: Gradebook, assignment: str, notebook: str, student: str
) -> dict[str, tuple[float, float]]:
    """Points of the automatically graded cells, by exercise."""
    from nbgrader.api import MissingEntry

    try:
        grades = gradebook.find_submission_notebook(notebook, assignment, student).grades
    except MissingEntry:
        return {}
    suffix = "_tests"
    return {
        g.name.removesuffix(suffix): (float(g.auto_score or 0), float(g.max_score))
        for g in grades
        if g.name.endswith(suffix)
    }


def exported_scores(course: DemoCourse, assignment: str) -> dict[str, float]:
    """Score of each student in ``grades.csv``; empty where there is no such file."""
    path = course.folder / "grades.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["assignment"] == assignment]
    return {r["student_id"]: float(r["raw_score"] or 0) for r in rows}
