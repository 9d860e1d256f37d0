"""A course of one small assignment, made anew in a folder, and the real commands run in it.

The notebook ``ps1/p1`` has one exercise of each kind: `square` with hidden pytest tests, `double` as a plain
nbgrader course has it (``### BEGIN HIDDEN TESTS``), `mark` whose test cell ends with a value (partial credit), and
`essay_answer`, graded by hand.  The settings are the project's own, but for folders and a short time limit.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook, MissingEntry

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
SECRET = "SENTINEL_OF_A_HIDDEN_TEST"
ASSIGNMENT, NOTEBOOK = "ps1", "p1"
SETTINGS = """
c.CourseDirectory.course_id = "tiny"
c.Grading.root = "."
c.Grading.parameters = {"ps1": {"STEPS": 2}}
c.Grading.limits = {"submission_seconds": 60.0}
c.Execute.timeout = 4
"""
HIDDEN = '''
"""square: the second power."""
import pytest

pytestmark = pytest.mark.exercise("square")


@pytest.mark.points(1)
def test_three(student):
    """Three squared."""
    assert student.square(3).value == 9, "three squared is nine, `square(3)` gave something else"


@pytest.mark.points(1)
def test_minus_four(student):
    """Minus four squared."""
    assert student.square(-4).value == 16, "minus four squared is sixteen, SENTINEL_SENTENCE"
'''
RIGHT = {
    "square": "def square(x):\n    return x * x",
    "double": "def double(x):\n    return 2 * x",
    "mark": "def mark():\n    return 1.5",
    "essay_answer": "Because.",
}


def graded(
    kind: str, grade_id: str, source: str, points: float = 0, solution: bool = False, locked: bool = False
) -> Any:
    """A cell with nbgrader's metadata; with points it is a grade cell."""
    cell = (new_code_cell if kind == "code" else new_markdown_cell)(source)
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": points > 0,
        "points": points,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    if not points:
        del cell.metadata["nbgrader"]["points"]
    return cell


def source_notebook() -> Any:
    """The instructor version of ps1/p1."""
    exercise = "def {0}:\n    ### BEGIN SOLUTION\n    return {1}\n    ### END SOLUTION"
    steps = new_code_cell("STEPS = 1_000_000")
    steps.metadata["tags"] = ["parameters"]
    steps.metadata["nbgrader"] = graded("code", "steps", "", locked=True).metadata["nbgrader"]
    hidden = f"### BEGIN HIDDEN TESTS\nassert double(21) == 42  # {SECRET}\n### END HIDDEN TESTS"
    nb = new_notebook(
        cells=[
            steps,
            graded("code", "square", exercise.format("square(x)", "x * x"), solution=True),
            graded("code", "square_tests", "assert square(2) == 4", 2, locked=True),
            graded("code", "double", exercise.format("double(x)", "2 * x"), solution=True),
            graded("code", "double_tests", f"assert double(2) == 4\n{hidden}", 3, locked=True),
            graded("code", "mark", exercise.format("mark()", "1.5"), solution=True),
            graded("code", "mark_tests", "mark()", 4, locked=True),
            graded("markdown", "essay_answer", "Why?", 5, solution=True),
        ]
    )
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nb


def cell_of(nb: Any, grade_id: str) -> Any:
    """The cell with that id."""
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


class TinyCourse:
    """A course folder.

    Parameters
    ----------
    folder : Path
        Made by `create`.
    zygote : str
        Address of a warm process that all commands share.
    """

    def __init__(self, folder: Path, zygote: str) -> None:
        self.folder, self.zygote = folder, zygote

    def create(self, settings: str = "") -> TinyCourse:
        """Write source, hidden tests and settings, and release the assignment."""
        for below in (f"source/{ASSIGNMENT}", f"tests/hidden/{ASSIGNMENT}"):
            (self.folder / below).mkdir(parents=True)
        config = (REPOSITORY / "nbgrader_config.py").read_text()
        (self.folder / "nbgrader_config.py").write_text(config + SETTINGS + settings)
        nbformat.write(source_notebook(), self.folder / f"source/{ASSIGNMENT}/{NOTEBOOK}.ipynb")
        (self.folder / f"tests/hidden/{ASSIGNMENT}/test_square.py").write_text(HIDDEN)
        made = self.nbgrader("generate_assignment", ASSIGNMENT)
        assert made.returncode == 0, made.stderr
        return self

    # -- handing in -----------------------------------------------------------------------------------

    def notebook(self, **solutions: str) -> Any:
        """What a student hands in: the release with all exercises solved, those named in another way."""
        nb = nbformat.read(self.folder / f"release/{ASSIGNMENT}/{NOTEBOOK}.ipynb", as_version=4)
        for name, source in {**RIGHT, **solutions}.items():
            cell_of(nb, name).source = source
        return nb

    def submission(self, student: str) -> Path:
        """Folder that a student handed in."""
        return self.folder / "submitted" / student / ASSIGNMENT

    def hand_in(self, student: str, nb: Any = None, when: str = "", **solutions: str) -> Path:
        """Put a submission in place; `nb` is a notebook, or bytes to be the file as they are."""
        folder = self.submission(student)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{NOTEBOOK}.ipynb"
        nb = self.notebook(**solutions) if nb is None else nb
        path.write_bytes(nb if isinstance(nb, bytes) else json.dumps(nb).encode())
        if when:
            (folder / "timestamp.txt").write_text(when)
        return path

    def change(self, student: str, edit: Callable[[Any], None], **solutions: str) -> None:
        """Hand in a notebook that `edit` has changed in place."""
        nb = copy.deepcopy(self.notebook(**solutions))
        edit(nb)
        self.hand_in(student, nb)

    # -- commands -------------------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        """Of every command: our programs first, the shared zygote, no settings from outside."""
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)]),
            "GRADER_ZYGOTE": self.zygote,
            "JUPYTER_CONFIG_DIR": str(self.folder / "no-settings"),
            "HOME": str(self.folder / "home"),
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",  # so that any new file in the course is somebody's deed
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the course folder."""
        return subprocess.run(
            [str(PROGRAMS / command[0]), *command[1:]],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=240,
        )

    def nbgrader(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``nbgrader …``."""
        return self.run("nbgrader", *arguments)

    def autograde(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``grader autograde ps1 …``."""
        return self.run("grader", "autograde", ASSIGNMENT, *arguments)

    # -- what came of it ------------------------------------------------------------------------------

    def gradebook(self) -> Gradebook:
        """The course's gradebook, opened."""
        return Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}")

    def scores(self, student: str) -> dict[str, float | None]:
        """Automatic score of each grade cell, from the gradebook; empty where nothing is recorded."""
        with self.gradebook() as gradebook:
            try:
                found = gradebook.find_submission_notebook(NOTEBOOK, ASSIGNMENT, student)
            except MissingEntry:
                return {}
            return {g.name.removesuffix("_tests"): g.auto_score for g in found.grades}

    def result(self, student: str) -> dict[str, Any]:
        """What grading noted of a submission; empty where it noted nothing."""
        path = self.folder / f".grader/results/{ASSIGNMENT}/{student}.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def events(self, student: str) -> str:
        """What was noted for the instructor."""
        return "\n".join(self.result(student)["notebooks"][NOTEBOOK]["events"])

    def autograded(self, student: str) -> Path:
        """The graded notebook."""
        return self.folder / f"autograded/{student}/{ASSIGNMENT}/{NOTEBOOK}.ipynb"
