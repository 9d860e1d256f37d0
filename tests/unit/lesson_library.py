"""A pure-Python lesson's solutions: right and wrong answers, run with what its notebook gives.

`tests/solutions/<assignment>/<exercise>/right` are right answers in different styles, `.../wrong`
wrong ones whose first line names a misconception. Each file is what a student writes in the solution
cell. The notebook's own solution counts as one more right answer.
"""

import ast
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from in_a_box import run

from grader import student
from reference.text import Misconception

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Lesson:
    """One assignment with one notebook.

    Parameters
    ----------
    assignment, notebook : str
    points : mapping
        Exercise -> points, in the order of the notebook.
    given : mapping
        Names that the notebook gives, and the right answer of every exercise.
    misconceptions : mapping
        Exercise -> its misconceptions.
    """

    assignment: str
    notebook: str
    points: Mapping[str, int]
    given: Mapping[str, Any]
    misconceptions: Mapping[str, tuple[Misconception, ...]]

    @property
    def path(self) -> Path:
        return ROOT / "source" / self.assignment / f"{self.notebook}.ipynb"

    def read(self):
        return nbformat.read(self.path, as_version=4)

    def _files(self, exercise: str, kind: str) -> list:
        folder = ROOT / "tests" / "solutions" / self.assignment / exercise / kind
        return [
            pytest.param(exercise, path, id=f"{exercise}-{path.stem}") for path in sorted(folder.glob("*.py"))
        ]

    def rights(self, *exercises: str) -> list:
        """Parameters (exercise, answer); the answer None is the notebook's own."""
        own = [pytest.param(e, None, id=f"{e}-notebook") for e in exercises]
        return own + [param for e in exercises for param in self._files(e, "right")]

    def wrongs(self, *exercises: str) -> list:
        """Parameters (exercise, answer)."""
        return [param for e in exercises for param in self._files(e, "wrong")]

    def source(self, exercise: str, answer: Path | None) -> str:
        if answer is not None:
            return answer.read_text(encoding="utf-8")
        return next(cell.source for cell in self.read().cells if grading(cell).get("grade_id") == exercise)

    def function(self, exercise: str, answer: Path | None) -> Any:
        """What the answer defines, run with what the notebook gives."""
        namespace = {key: value for key, value in self.given.items() if key != exercise}
        exec(compile(self.source(exercise, answer), str(answer), "exec"), namespace)
        return namespace[exercise]

    def passes_the_public_checks(self, exercise: str, answer: Path | None) -> bool:
        """What `check(exercise)` below the answer says."""
        student.lesson(self.assignment, language="en")
        try:
            student.check(exercise, {**self.given, exercise: self.function(exercise, answer)})
        except student.CheckFailed:
            return False
        return True

    def misconception(self, exercise: str, answer: Path) -> Misconception:
        first, second = self.source(exercise, answer).splitlines()[:2]
        assert first.startswith("# misconception: ") and second.startswith("# why: ")
        wanted = first.removeprefix("# misconception: ")
        return next(m for m in self.misconceptions[exercise] if m.id == wanted)

    def run(self, changes: Mapping[str, str]) -> list:
        """Run the notebook in a kernel with pieces of code replaced; returns all outputs."""
        nb = self.read()
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        for old, new in changes.items():
            (cell,) = [cell for cell in code if old in cell.source]
            cell.source = cell.source.replace(old, new)
        run(nb, ROOT / "source" / self.assignment)
        return [output for cell in code for output in cell.outputs]

    def check_the_library(self) -> None:
        """Enough styles, one wrong file at least for each misconception, two languages."""
        assert list(self.misconceptions) == list(self.points)
        for exercise, misconceptions in self.misconceptions.items():
            styles = self.rights(exercise)[1:]
            assert len(styles) >= 4 and len(self.wrongs(exercise)) >= 8
            assert all(self.source(*p.values).startswith("# style: ") for p in styles)
            ids = [m.id for m in misconceptions]
            assert len(ids) == len(set(ids)), exercise
            assert {self.misconception(*p.values).id for p in self.wrongs(exercise)} == set(ids)
            for m in misconceptions:
                assert 30 < len(m.sentence.en) < 260 and 30 < len(m.sentence.fr) < 260, m.id
                assert m.sentence.en != m.sentence.fr
                assert (m.hypothesis is None) == bool(m.seen_by), m.id

    def check_the_notebook(self, imports: set[str]) -> None:
        """Solution and test cells with their points, text in pairs, no other imports than these."""
        nb = self.read()
        nbformat.validate(nb)
        where = {grading(cell)["grade_id"]: i for i, cell in enumerate(nb.cells) if grading(cell)}
        for exercise, points in self.points.items():
            solution, tests = nb.cells[where[exercise]], nb.cells[where[f"{exercise}_tests"]]
            assert where[f"{exercise}_tests"] == where[exercise] + 1
            assert grading(solution)["solution"] and "### BEGIN SOLUTION" in solution.source
            assert grading(tests)["grade"] and grading(tests)["locked"]
            assert grading(tests)["points"] == points
            assert tests.source == f'check("{exercise}")'
        assert sum(grading(cell).get("points", 0) for cell in nb.cells) == sum(self.points.values())
        text = [cell for cell in nb.cells if cell.cell_type == "markdown" and not grading(cell)]
        assert [cell.metadata.tags for cell in text] == [["lang-fr"], ["lang-en"]] * (len(text) // 2)
        for french, english in zip(text[::2], text[1::2], strict=True):
            assert french.id.removesuffix("-fr") == english.id.removesuffix("-en")
            # A forgotten paragraph, table row or picture shows as another number of lines.
            assert len(french.source.splitlines()) == len(english.source.splitlines()), french.id
        code = [ast.parse(cell.source) for cell in nb.cells if cell.cell_type == "code"]
        assert {name for tree in code for name in imported(tree)} <= imports | set(sys.stdlib_module_names)


def grading(cell) -> dict:
    return cell.metadata.get("nbgrader", {})


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def close(a: Any, b: Any, rel: float = 1e-6) -> bool:
    """Same nesting, same numbers; a list may be a tuple and a float an int."""
    if isinstance(a, list | tuple) or isinstance(b, list | tuple):
        if not (isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b)):
            return False
        return all(close(x, y, rel) for x, y in zip(a, b, strict=True))
    if not (isinstance(a, int | float) and isinstance(b, int | float)):
        return False
    return math.isclose(a, b, rel_tol=rel, abs_tol=1e-9) or (math.isnan(a) and math.isnan(b))
