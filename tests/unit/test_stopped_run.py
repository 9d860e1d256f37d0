"""A run that is stopped at an odd moment: before it has begun, and between two renames."""

import subprocess
import sys

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader.glue.classwide import ClassAutograde


class Stopped(ClassAutograde):
    """Stops where the old autograded folder is away and the new one not yet there."""

    def _expected(self):
        return {"p1"}, {}

    def _submissions(self, students):
        return []

    def _grade(self, executor, found):
        build, dest = self._built("anna"), self._autograded("anna")
        build.mkdir(parents=True)
        dest.rename(build.with_name(f"{build.name}.old"))
        yield from ()
        raise KeyboardInterrupt


def test_ctrl_c_between_two_renames_loses_nothing(tmp_path):
    graded = tmp_path / "autograded/anna/ps1/p1.ipynb"
    graded.parent.mkdir(parents=True)
    graded.write_text("graded before")
    course = CourseDirectory(
        config=Config({"CourseDirectory": {"root": str(tmp_path), "assignment_id": "ps1"}})
    )
    converter = Stopped(coursedir=course)
    with pytest.raises(KeyboardInterrupt):
        list(converter.grade_class(None, None, lambda count: None))
    assert graded.read_text() == "graded before"
    assert not (tmp_path / ".grader/build").exists()


STOPPED_WHILE_IMPORTING = """
import sys

class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
from grader.cli import main
main()
"""


def test_ctrl_c_while_the_command_is_imported_says_nothing():
    done = subprocess.run([sys.executable, "-c", STOPPED_WHILE_IMPORTING], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
