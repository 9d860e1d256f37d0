"""Compares points: the test cells of the source notebooks, the hidden tests, the lessons that students import.

A hidden test's points are its share of the test cell's points, so the two need not be the same number.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grader.audit.collected import HiddenTest
from grader.audit.report import Flaw
from grader.audit.shortened import solution_cells, test_cells
from grader.student.lessons import Exercise, Lesson


def points_flaws(
    assignment: str, notebooks: dict[str, Any], hidden: Iterable[HiddenTest], answered: set[str]
) -> list[Flaw]:
    """Everything about an assignment's points that does not add up.

    Parameters
    ----------
    assignment : str
    notebooks : dict of str to NotebookNode
        Source notebooks by name.
    hidden : iterable of HiddenTest
    answered : set of str
        Exercises that have answers in the library.
    """
    cells: dict[str, float] = {}
    asked: set[str] = set()
    flaws: list[Flaw] = []
    for name, nb in notebooks.items():
        again = set(cells) & set(test_cells(nb))
        flaws += [
            Flaw("points", assignment, e, f"has two test cells; the second is in {name}")
            for e in sorted(again)
        ]
        cells |= test_cells(nb)
        asked |= solution_cells(nb)
    worth: dict[str, float] = {}
    for test in hidden:
        worth[test.exercise] = worth.get(test.exercise, 0.0) + test.points
        if test.points <= 0:
            flaws.append(
                Flaw("points", assignment, test.exercise, f"{test.name} is worth {test.points:g} points")
            )

    def say(exercise: str, text: str) -> None:
        flaws.append(Flaw("points", assignment, exercise, text))

    for exercise in sorted(set(worth) - set(cells)):
        say(exercise, "has hidden tests, but no source notebook has a test cell for it")
    for exercise in sorted(asked - set(cells)):
        say(exercise, "has a solution cell, but no test cell")
    for exercise in sorted(set(cells) - asked):
        say(exercise, "has a test cell, but no solution cell")
    for exercise in sorted(set(cells) - set(worth)):
        say(exercise, "has a test cell, but no hidden tests")
    promised = _promised(assignment)
    for exercise in sorted(set(cells) & set(promised)):
        if promised[exercise].points != cells[exercise]:
            say(
                exercise,
                f"its test cell is worth {cells[exercise]:g} points, "
                f"students are told {promised[exercise].points:g} (grader.student)",
            )
    for exercise in sorted(set(promised) - set(cells)) if cells else []:
        say(exercise, "students are told of it (grader.student), but it has no test cell")
    for exercise in sorted((set(worth) & set(cells)) - answered):
        flaws.append(
            Flaw("unproved", assignment, exercise, "has no right or wrong answers to try its tests on")
        )
    return flaws


def _promised(assignment: str) -> dict[str, Exercise]:
    """Exercises that the student package declares for an assignment: one lesson, or one a part."""
    folder = importlib.import_module("grader.student.exercises")
    found: dict[str, Exercise] = {}
    for place in folder.__path__:
        for path in sorted(Path(place).glob(f"{assignment}*.py")):
            if path.stem == assignment or path.stem.startswith(f"{assignment}_part"):
                with contextlib.suppress(AttributeError):
                    lesson: Lesson = importlib.import_module(f"{folder.__name__}.{path.stem}").lesson
                    found |= lesson.exercises
    return found
