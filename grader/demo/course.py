"""The throw-away course: where the checkout is, a folder of its own, settings for a small machine.

The course is a copy of ``source/`` and ``nbgrader_config.py`` with the demo's settings below it;
hidden tests and reference stay in the checkout, where ``c.Grading.root`` points.  A folder is only
ever emptied if the marker file says that a demo made it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grader
from grader.demo.roster import COURSE
from grader.demo.submission import Assignment
from grader.errors import CourseError

MARKER = ".grader-demo"
NEEDED = (
    "nbgrader_config.py",
    "reference/pytorch",
    "reference/pure_python",
    "source",
    "tests/hidden",
    "tests/solutions",
)

LABELS = ("# misconception:", "# why:", "# style:")

SETTINGS = """

# -- written by `grader demo` -----------------------------------------------------------------
c.CourseDirectory.root = {folder!r}
c.CourseDirectory.db_url = {db_url!r}
c.Grading.root = {repo!r}
# Training is cut shorter than in a real course, and the hostile ones are given up sooner.
c.Grading.parameters = {{
    "lesson3_embeddings": {{"EPOCHS": 2, "SHOWN": 1}},
    "lesson6_training": {{"EPOCHS": 1, "NUM_NAMES": 10, "SHOWN": 1}},
    "mini_gpt": {{"EPOCHS": 1, "MAX_STEPS": 3, "SHOWN": 1, "SAMPLES": 1}},
}}
c.Grading.limits = {{
    "cell_seconds": 15.0,
    "submission_seconds": 300.0,
    "call_seconds": 10.0,
    "memory_bytes": 1 << 30,
    "data_bytes": 2 << 30,
    "processes": 64,
}}
"""


@dataclass(frozen=True)
class DemoCourse:
    """A demo's course folder and the checkout that it was made from."""

    folder: Path
    repo: Path

    def solution(self, assignment: str, exercise: str, name: str) -> str:
        """Text of a file of the library of solutions, e.g. ``right/01_triu``."""
        path = self.repo / "tests" / "solutions" / assignment / exercise / f"{name}.py"
        return path.read_text(encoding="utf-8")

    def misconception(self, assignment: str, exercise: str, name: str) -> str:
        """The misconception that a wrong solution's own first line names."""
        first = self.solution(assignment, exercise, name).split("\n", 1)[0]
        label = "# misconception: "
        if not first.startswith(label):
            raise CourseError(
                f"tests/solutions/{assignment}/{exercise}/{name}.py does not name its misconception"
            )
        return first.removeprefix(label).strip()

    def answer(self, assignment: str, exercise: str, name: str) -> str:
        """What a student writes: the solution without the labels at its top, which nobody but us may see."""
        lines = self.solution(assignment, exercise, name).split("\n")
        while lines and lines[0].startswith(LABELS):
            del lines[0]
        return "\n".join(lines).strip("\n")

    def feedback_page(self, student: str, assignment: str, notebook: str) -> Path:
        """Where nbgrader writes a student's feedback on a notebook."""
        return self.folder / "feedback" / student / assignment / f"{notebook}.html"

    def submission(self, student: str, assignment: str) -> Path:
        """Where a student's submission lies."""
        return self.folder / "submitted" / student / assignment

    def environment(self) -> dict[str, str]:
        """For the commands: this interpreter's scripts first, no settings of the user's other courses."""
        scripts = str(Path(sys.executable).parent)
        return {
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "JUPYTER_CONFIG_DIR": str(self.folder / ".jupyter"),
            "OMP_NUM_THREADS": "1",
        }


def find_checkout(given: Path | None) -> Path:
    """The repository checkout: `given`, or around the working folder, or around this package.

    Parameters
    ----------
    given : Path or None

    Raises
    ------
    CourseError
        If there is none; the wheel holds neither tests nor reference.
    """
    here = Path.cwd().resolve()
    places = [given.resolve()] if given else [here, *here.parents, Path(grader.__file__).resolve().parents[1]]
    for place in places:
        if all((place / part).exists() for part in NEEDED):
            return place
    where = f"{given} is not" if given else "this is not"
    raise CourseError(
        f"{where} a checkout of the project, and the demo needs its source/, tests/ and reference/; "
        "run it in a checkout or name one with --repo"
    )


def make_course(
    folder: Path, repo: Path, language: str, assignments: Sequence[Assignment] = COURSE
) -> DemoCourse:
    """Make the course folder afresh; an earlier demo's is emptied, any other is left alone.

    Parameters
    ----------
    folder : Path
    repo : Path
        Checkout.
    language : {"en", "fr"}
    assignments : sequence of Assignment
        Those that the course teaches.

    Raises
    ------
    CourseError
        If the folder holds something that no demo made.
    """
    folder = folder.absolute()
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise CourseError(f"{folder} is not a folder; name another with --folder")
    folder = folder.resolve()
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise CourseError(
                f"{folder} holds something that is not a demo's; name another folder with --folder"
            )
        from nbgrader.utils import rmtree  # imported when needed: nbgrader takes a second

        rmtree(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("made by `grader demo`; the next demo empties this folder\n")
    for assignment in assignments:
        shutil.copytree(repo / "source" / assignment.name, folder / "source" / assignment.name)
    settings = (repo / "nbgrader_config.py").read_text(encoding="utf-8")
    line = 'LANGUAGE = "en"'
    if settings.count(line) != 1:
        raise CourseError(
            f"{repo / 'nbgrader_config.py'} has no line {line}, so the demo cannot choose a language"
        )
    settings = settings.replace(line, f'LANGUAGE = "{language}"')
    settings += SETTINGS.format(
        folder=str(folder), db_url=f"sqlite:///{folder / 'gradebook.db'}", repo=str(repo)
    )
    (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    return DemoCourse(folder, repo)
