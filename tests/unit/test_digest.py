"""What a grade follows from: a change in it is noticed and named, anything else is not."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbgrader.coursedir import CourseDirectory

from grader.glue import digest, settings
from grader.glue.chosen import chosen_settings
from grader.glue.classwide import ClassAutograde
from grader.glue.digest import PARTS, changed, course_digests, submission_digest
from grader.glue.execute import SandboxedExecute
from grader.limits import Limits


def assignment(points: float = 2.0, source: str = "assert square(2) == 4") -> Any:
    """As much of nbgrader's assignment as is read."""
    tests = SimpleNamespace(name="square_tests", source=source)
    grade = SimpleNamespace(name="square_tests", max_score=points)
    notebook = SimpleNamespace(name="p1", source_cells=[tests], grade_cells=[grade])
    return SimpleNamespace(notebooks=[notebook], duedate=None)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Hidden tests, a reference, a submission."""
    for name, text in {
        "tests/hidden/ps1/test_square.py": "def test(): pass",
        "tests/hidden/conftest.py": "",
        "reference/squares.py": "def square(x): return x * x",
        "submitted/anna/ps1/p1.ipynb": "{}",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digests(course: Path, of: Any = None, **settings: Any) -> dict[str, str]:
    """All parts."""
    tests = course / "tests/hidden/ps1"
    source = course / "source/ps1"
    found = course_digests(
        of or assignment(), source, tests, course, ["reference", "no_such_folder"], settings
    )
    return {"submission": submission_digest(course / "submitted/anna/ps1"), **found}


def test_nothing_changes_by_looking_again(course: Path) -> None:
    before = digests(course, limits={"a": 1})
    for folder in ("tests/hidden/ps1", "reference"):
        (course / folder / "__pycache__").mkdir()
        (course / folder / "__pycache__/x.pyc").write_bytes(b"1")
    os.utime(course / "reference/squares.py", (1, 1))
    assert set(before) == set(PARTS)
    assert changed(before, digests(course, limits={"a": 1})) == ()


@pytest.mark.parametrize(
    ("part", "file"),
    [
        ("tests", "tests/hidden/ps1/test_square.py"),
        ("tests", "tests/hidden/conftest.py"),
        ("tests", "tests/hidden/ps1/data/new.txt"),
        ("reference", "reference/squares.py"),
        ("assignment", "source/ps1/names.txt"),
        ("submission", "submitted/anna/ps1/p1.ipynb"),
        ("submission", "submitted/anna/ps1/timestamp.txt"),
    ],
)
def test_a_changed_or_new_file_is_named_by_its_part(course: Path, part: str, file: str) -> None:
    before = digests(course)
    (course / file).parent.mkdir(parents=True, exist_ok=True)
    (course / file).write_text("other")
    assert changed(before, digests(course)) == (part,)


def test_a_renamed_file_is_a_change(course: Path) -> None:
    before = digests(course)
    (course / "reference/squares.py").rename(course / "reference/cubes.py")
    assert changed(before, digests(course)) == ("reference",)


def test_tags_of_the_source_count_and_its_outputs_do_not(course: Path) -> None:
    path = course / "source/ps1/p1.ipynb"
    path.parent.mkdir(parents=True)
    cell = nbformat.v4.new_code_cell("STEPS = 5", metadata={"nbgrader": {"grade_id": "steps"}})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    before = digests(course)
    cell.outputs = [nbformat.v4.new_output("stream", text="5")]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert changed(before, digests(course)) == ()
    cell.metadata.tags = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert changed(before, digests(course)) == ("assignment",)


def test_settings_points_and_test_cells_count(course: Path) -> None:
    before = digests(course, limits={"cell_seconds": 5.0})
    assert changed(before, digests(course, limits={"cell_seconds": 6.0})) == ("settings",)
    for other in (assignment(points=3.0), assignment(source="assert square(3) == 9")):
        assert changed(before, digests(course, other, limits={"cell_seconds": 5.0})) == ("assignment",)


def test_other_versions_of_packages_count(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(course)
    newer = [SimpleNamespace(name="torch", version="99.0")]
    monkeypatch.setattr(digest.importlib.metadata, "distributions", lambda: newer)
    digest.environment.cache_clear()
    try:
        assert changed(before, digests(course)) == ("environment",)
    finally:
        monkeypatch.undo()
        digest.environment.cache_clear()


@pytest.mark.parametrize(
    "file", ["limits.py", "result.py", "text.py", "glue/intake.py", "glue/restore.py", "engine/score.py"]
)
def test_what_a_grade_is_made_with_counts(
    course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str
) -> None:
    own = Path(digest.grader.__file__).parent
    for name in digest.GRADES:
        (tmp_path / "ours" / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (own / name).is_dir() else shutil.copy
        copy(own / name, tmp_path / "ours" / name)
    monkeypatch.setattr(digest.grader, "__file__", str(tmp_path / "ours/__init__.py"))
    digest.environment.cache_clear()
    try:
        before = digests(course)
        with open(tmp_path / "ours" / file, "a") as source:
            source.write("\n")
        digest.environment.cache_clear()
        assert changed(before, digests(course)) == ("environment",)
    finally:
        monkeypatch.undo()
        digest.environment.cache_clear()


def test_a_default_of_ours_that_changes_counts(
    course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @dataclass(frozen=True)
    class Stricter(Limits):
        memory_bytes: int = 1 << 28

    converter = ClassAutograde(coursedir=CourseDirectory(root=str(tmp_path)))

    def now() -> dict[str, str]:
        chosen = chosen_settings(
            settings.Grading(), "ps1", converter, SandboxedExecute(parent=converter), "cpu"
        )
        return digests(course, **chosen)

    before = now()
    assert changed(before, now()) == ()
    monkeypatch.setattr(settings, "Limits", Stricter)
    assert changed(before, now()) == ("settings",)


def test_the_courses_own_late_penalty_counts(
    course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def now(points: int) -> Any:
        (tmp_path / "penalty_of_this_course.py").write_text(
            "from nbgrader.plugins import LateSubmissionPlugin\n"
            f"class Late(LateSubmissionPlugin):\n    def late_submission_penalty(self, *_): return {points}\n"
        )
        converter = ClassAutograde(coursedir=CourseDirectory(root=str(tmp_path)))
        converter.config.AssignLatePenalties.plugin_class = "penalty_of_this_course.Late"
        execute = SandboxedExecute(parent=converter)
        return chosen_settings(settings.Grading(), "ps1", converter, execute, "cpu")["late_penalties"]

    monkeypatch.syspath_prepend(tmp_path)
    assert now(1) == now(1) != now(2)
    assert now(2)


def test_where_nothing_is_known_everything_has_changed(course: Path) -> None:
    assert changed({}, digests(course)) == PARTS


def test_a_link_in_a_submission_is_not_followed(course: Path) -> None:
    before = digests(course)
    (course / "submitted/anna/ps1/loop").symlink_to("/dev/zero")
    assert changed(before, digests(course)) == ("submission",)
