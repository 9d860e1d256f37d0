"""Compares what grading found with what the roster says must be found."""

from __future__ import annotations

import html
from collections.abc import Iterator

from grader.demo.course import DemoCourse
from grader.demo.outcome import Found, Outcome
from grader.demo.roster import EXERCISES, HONEST_ZEROS, Cell, Student


def differences(course: DemoCourse, student: Student, outcomes: dict[str, Outcome]) -> list[str]:
    """What is not as it must be with one student; empty where all is well.

    Parameters
    ----------
    course : DemoCourse
    student : Student
    outcomes : dict of str to Outcome
        Of the whole class: an attack is measured against the honest student with the same answer.

    Returns
    -------
    list of str
        One sentence each.
    """
    seen = outcomes[student.name]
    if student.not_graded:
        return list(_not_graded(student, seen))
    if not seen.graded:
        return [f"was not graded: {seen.reason}"]
    found = [d for e in EXERCISES for d in _exercise(course, e, student.cells[e], seen, outcomes)]
    total = sum(f.score for f in seen.exercises.values())
    if seen.exported is None or abs(seen.exported - total) > 1e-6:
        found.append(f"grades.csv says {seen.exported}, the gradebook's exercises add up to {total:g}")
    if seen.needs_a_person:
        found.append("a hidden test itself failed to run")
    if student.event and not any(student.event in e for e in seen.events):
        found.append(f"no event says '{student.event}': {'; '.join(seen.events) or 'no event at all'}")
    return found + list(_page(course, student))


def _not_graded(student: Student, seen: Outcome) -> Iterator[str]:
    if seen.graded:
        yield "was graded, although nobody can grade this"
    elif student.not_graded not in seen.reason:
        yield f"the reason should say '{student.not_graded}', it says: {seen.reason}"
    if seen.exported:
        yield f"has {seen.exported:g} points in grades.csv without having been graded"


def _exercise(
    course: DemoCourse, exercise: str, cell: Cell, seen: Outcome, outcomes: dict[str, Outcome]
) -> Iterator[str]:
    found = seen.exercises.get(exercise)
    if found is None:
        yield f"{exercise} has no score"
        return
    got = f"{exercise}: {found.score:g} of {found.maximum:g}"
    if cell.worth == "full" and found.score != found.maximum:
        yield f"{got}, although the answer is right" + (f" ({found.sentences[0]})" if found.sentences else "")
    elif cell.worth == "zero" and found.score != 0:
        yield f"{got}, although nothing usable was handed in"
    elif cell.worth == "less" and not found.score < found.maximum:
        yield f"{got}, although the answer is wrong"
    elif cell.worth == "as honest":
        yield from _attack(got, found, outcomes[HONEST_ZEROS].exercises.get(exercise))
    told = cell.told
    if cell.worth == "less" and cell.solution:
        told = course.misconception(exercise, cell.solution)
    if told and told not in found.misconceptions:
        instead = ", ".join(found.misconceptions) or "no misconception"
        yield f"{exercise}: should be told {told}, was told {instead}"


def _attack(got: str, found: Found, honest: Found | None) -> Iterator[str]:
    if honest is None:
        yield f"{got}, and there is no honest answer to measure it against"
    elif found.score > honest.score or found.score >= found.maximum:
        yield f"{got}, although the same answer is honestly worth {honest.score:g}: the attack paid"


def _page(course: DemoCourse, student: Student) -> Iterator[str]:
    path = course.feedback_page(student.name)
    if not path.is_file():
        yield "has no feedback page"
        return
    text = path.read_text(encoding="utf-8")
    for forbidden in student.never_shown:
        if forbidden in text:
            yield f"the feedback page contains {html.escape(forbidden)!r}, unescaped"
