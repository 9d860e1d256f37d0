"""Compares what grading found with what the roster says must be found."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping

from grader.demo.course import DemoCourse
from grader.demo.outcome import Found, Outcome
from grader.demo.submission import Assignment, Cell, Exercise, Student


def differences(
    course: DemoCourse, assignment: Assignment, student: Student, outcomes: dict[str, Outcome]
) -> list[str]:
    """What is not as it must be with one student; empty where all is well.

    Parameters
    ----------
    course : DemoCourse
    assignment : Assignment
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
    found = []
    for notebook in assignment.notebooks:
        if notebook not in assignment.handed_in(student):
            strange = [e.name for e in notebook.exercises if e.name in seen.exercises]
            found += [f"{name} was graded, although {notebook.name} was not handed in" for name in strange]
            continue
        for exercise in notebook.exercises:
            found += _exercise(course, assignment, exercise, student.cells[exercise.name], outcomes, seen)
        found += _page(course, assignment, student, notebook.name)
    total = sum(f.score for f in seen.exercises.values())
    if seen.exported is None or abs(seen.exported - total) > 1e-6:
        found.append(f"grades.csv says {seen.exported}, the gradebook's exercises add up to {total:g}")
    if seen.needs_a_person:
        found.append("a hidden test itself failed to run")
    if student.event and not any(student.event in e for e in seen.events):
        found.append(f"no event says '{student.event}': {'; '.join(seen.events) or 'no event at all'}")
    return found


def strangers(assignment: Assignment, exported: Mapping[str, float]) -> list[str]:
    """Points in ``grades.csv`` for enrolled students who are not in this assignment's class."""
    known = {s.name for s in assignment.students}
    return [
        f"{who} has {p:g} points without handing in" for who, p in exported.items() if p and who not in known
    ]


def _not_graded(student: Student, seen: Outcome) -> Iterator[str]:
    if seen.graded:
        yield "was graded, although nobody can grade this"
    elif student.not_graded not in seen.reason:
        yield f"the reason should say '{student.not_graded}', it says: {seen.reason}"
    if seen.exported:
        yield f"has {seen.exported:g} points in grades.csv without having been graded"


def _exercise(
    course: DemoCourse,
    assignment: Assignment,
    exercise: Exercise,
    cell: Cell,
    outcomes: dict[str, Outcome],
    seen: Outcome,
) -> Iterator[str]:
    name, found = exercise.name, seen.exercises.get(exercise.name)
    if found is None:
        yield f"{name} has no score"
        return
    if found.maximum != exercise.points:
        yield f"{name} is worth {found.maximum:g} in the gradebook, and {exercise.points:g} by the contract"
    got = f"{name}: {found.score:g} of {exercise.points:g}"
    if cell.worth == "full" and found.score != exercise.points:
        yield f"{got}, although the answer is right" + (f" ({found.sentences[0]})" if found.sentences else "")
    elif cell.worth == "zero" and found.score != 0:
        yield f"{got}, although nothing usable was handed in"
    elif cell.worth == "less" and not 0 <= found.score < exercise.points:
        yield f"{got}, although the answer is wrong"
    elif cell.worth == "as honest":
        yield from _attack(got, found, exercise, outcomes[cell.honest].exercises.get(name))
    told = cell.told
    if cell.worth == "less" and cell.solution:
        told = course.misconception(assignment.name, name, cell.solution)
    if told and told not in found.misconceptions:
        instead = ", ".join(found.misconceptions) or "no misconception"
        yield f"{name}: should be told {told}, was told {instead}"


def _attack(got: str, found: Found, exercise: Exercise, honest: Found | None) -> Iterator[str]:
    if honest is None:
        yield f"{got}, and there is no honest answer to measure it against"
    elif found.score > honest.score or found.score >= exercise.points:
        yield f"{got}, although the same answer is honestly worth {honest.score:g}: the attack paid"


def _page(course: DemoCourse, assignment: Assignment, student: Student, notebook: str) -> Iterator[str]:
    path = course.feedback_page(student.name, assignment.name, notebook)
    if not path.is_file():
        yield f"has no feedback page for {notebook}"
        return
    text = path.read_text(encoding="utf-8")
    for forbidden in student.never_shown:
        if forbidden in text:
            yield f"the feedback page contains {html.escape(forbidden)!r}, unescaped"
