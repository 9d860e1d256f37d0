"""Writes what a simulated student hands in: the release with cells filled in, then changed or broken.

A function of `CHANGES` gets the notebook as it would have been handed in and the folder
``submitted/<student>/<assignment>``, and writes what really arrives.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.demo.course import DemoCourse
from grader.demo.submission import ABSENT, Assignment, Cell, Student


def hand_in(course: DemoCourse, assignment: Assignment, student: Student) -> None:
    """Fill in the release as `student` does and put it where submissions lie.

    Parameters
    ----------
    course : DemoCourse
        With a release.
    assignment : Assignment
    student : Student
    """
    if student.change == ABSENT:
        return
    release = course.folder / "release" / assignment.name
    folder = course.submission(student.name, assignment.name)
    folder.mkdir(parents=True)
    for path in release.iterdir():  # the corpus comes back too; the tiny GPT-2, a folder, does not
        if path.is_file() and path.suffix != ".ipynb":
            shutil.copyfile(path, folder / path.name)
    for notebook in assignment.handed_in(student):
        nb = json.loads((release / f"{notebook.name}.ipynb").read_text(encoding="utf-8"))
        for exercise in notebook.exercises:
            cell = student.cells.get(exercise.name)
            source = source_of(course, assignment.name, exercise.name, cell) if cell else ""
            if source:
                solution_cell(nb, exercise.name)["source"] = source
        CHANGES[student.change](nb, folder / f"{notebook.name}.ipynb")


def source_of(course: DemoCourse, assignment: str, exercise: str, cell: Cell) -> str:
    """Text of a solution cell; empty where the release's own stays."""
    answer = course.answer(assignment, exercise, cell.solution) if cell.solution else ""
    extra = cell.source.replace("{repo}", str(course.repo)).replace("{course}", str(course.folder))
    return "\n\n\n".join(filter(None, (answer, extra)))


def solution_cell(nb: dict[str, Any], exercise: str) -> dict[str, Any]:
    """An exercise's solution cell in a notebook."""
    return next(c for c in nb["cells"] if _grade_id(c) == exercise)


def _grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _write(nb: Any, path: Path) -> None:
    path.write_text(json.dumps(nb, ensure_ascii=False, indent=1), encoding="utf-8")


def _without_test_cells(nb: dict[str, Any], path: Path) -> None:
    nb["cells"] = [c for c in nb["cells"] if not _grade_id(c).endswith("_tests")]
    _write(nb, path)


def _with_own_tests_and_points(nb: dict[str, Any], path: Path) -> None:
    for cell in list(nb["cells"]):
        if _grade_id(cell).endswith("_tests"):
            cell["source"] = "1000.0"
            cell["metadata"]["nbgrader"]["points"] = 1000
            cell["metadata"]["tags"] = ["skip-execution"]
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": "1000.0"},
                }
            ]
            twin = copy.deepcopy(cell)
            twin["id"] = f"{_grade_id(cell)[:20]}-twin"
            nb["cells"].append(twin)
    _write(nb, path)


def _an_empty_file(nb: dict[str, Any], path: Path) -> None:
    path.write_bytes(b"")


def _cut_off(nb: dict[str, Any], path: Path) -> None:
    text = json.dumps(nb, ensure_ascii=False, indent=1)
    path.write_text(text[: len(text) * 2 // 3], encoding="utf-8")


def _a_picture(nb: dict[str, Any], path: Path) -> None:
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 40)


def _renamed(nb: dict[str, Any], path: Path) -> None:
    _write(nb, path.with_name("final_version(2).ipynb"))


def _without_notebook(nb: dict[str, Any], path: Path) -> None:
    """The folder and the corpus arrive, the notebook does not."""


def _of_format_three(nb: dict[str, Any], path: Path) -> None:
    cells = [{"cell_type": "code", "language": "python", "input": "1 + 1", "outputs": [], "metadata": {}}]
    _write({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}, path)


def _nested_deep(nb: dict[str, Any], path: Path) -> None:
    path.write_text('{"nbformat": 4, "cells": ' + "[" * 100_000 + "]" * 100_000 + "}", encoding="utf-8")


def _a_link_to_the_gradebook(nb: dict[str, Any], path: Path) -> None:
    path.symlink_to(path.parents[3] / "gradebook.db")


CHANGES: dict[str, Callable[[dict[str, Any], Path], None]] = {
    "": _write,
    "without_test_cells": _without_test_cells,
    "with_own_tests_and_points": _with_own_tests_and_points,
    "an_empty_file": _an_empty_file,
    "cut_off": _cut_off,
    "a_picture": _a_picture,
    "renamed": _renamed,
    "without_notebook": _without_notebook,
    "of_format_three": _of_format_three,
    "nested_deep": _nested_deep,
    "a_link_to_the_gradebook": _a_link_to_the_gradebook,
}
