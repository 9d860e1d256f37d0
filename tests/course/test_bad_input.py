"""Everything that can be wrong with what students hand in, in one class with students who did nothing wrong.

Each broken submission is refused in one line that names student and cause; it gets no marks and loses none; all
others are graded; the exit code asks for a person.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .tiny_course import NOTEBOOK, TinyCourse, cell_of
from .traps import FULL

pytestmark = pytest.mark.slow


def _bytes(nb: Any) -> bytes:
    return json.dumps(nb).encode()


def _with_cell(course: TinyCourse, cell: dict[str, Any]) -> bytes:
    nb = course.notebook()
    nb.cells.append(cell)
    return _bytes(nb)


def truncated(course: TinyCourse, student: str) -> None:
    course.hand_in(student, _bytes(course.notebook())[:-400])


def old_format(course: TinyCourse, student: str) -> None:
    course.hand_in(
        student, _bytes({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]})
    )


def huge_outputs(course: TinyCourse, student: str) -> None:
    nb = course.notebook()
    cell_of(nb, "double").outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * (200 << 20)}]
    course.hand_in(student, _bytes(nb))


def huge_cell(course: TinyCourse, student: str) -> None:
    course.hand_in(student, square="# " + "x" * (50 << 20))


def large_cell(course: TinyCourse, student: str) -> None:
    course.hand_in(student, square="# " + "x" * (3 << 20))


def nested(course: TinyCourse, student: str) -> None:
    data = _bytes(course.notebook())
    course.hand_in(student, data[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def nested_a_little(course: TinyCourse, student: str) -> None:
    data = _bytes(course.notebook())
    course.hand_in(student, data[:-1] + b', "x": ' + b"[" * 200 + b"]" * 200 + b"}")


def linked_notebook(course: TinyCourse, student: str) -> None:
    path = course.hand_in(student)
    target = course.submission("right") / path.name
    path.unlink()
    path.symlink_to(target)


def linked_file(course: TinyCourse, student: str) -> None:
    (course.hand_in(student).parent / "data.txt").symlink_to("/etc/passwd")


def linked_nowhere(course: TinyCourse, student: str) -> None:
    course.submission(student).parent.mkdir(parents=True)
    course.submission(student).symlink_to("nowhere")


def linked_folder(course: TinyCourse, student: str) -> None:
    course.submission(student).parent.mkdir(parents=True)
    course.submission(student).symlink_to(course.submission("right"))


def linked_student(course: TinyCourse, student: str) -> None:
    course.submission(student).parent.symlink_to(course.submission("right").parent)


def surrogates(course: TinyCourse, student: str) -> None:
    course.hand_in(student, double="def double(x):\n    return 2 * x  # \ud83d")


def surrogates_in_metadata(course: TinyCourse, student: str) -> None:
    nb = course.notebook()
    nb.cells[-1].metadata["tags"] = ["\udc00"]
    course.hand_in(student, nb)


def wrong_name(course: TinyCourse, student: str) -> None:
    path = course.hand_in(student)
    path.rename(path.with_name("p1 (2).ipynb"))


def no_notebook(course: TinyCourse, student: str) -> None:
    course.submission(student).mkdir(parents=True)


def file_for_folder(course: TinyCourse, student: str) -> None:
    course.submission(student).parent.mkdir(parents=True)
    course.submission(student).write_text("my work")


def too_many_files(course: TinyCourse, student: str) -> None:
    folder = course.hand_in(student).parent
    for number in range(1001):
        (folder / f"{number}.txt").touch()


def pipe(course: TinyCourse, student: str) -> None:
    import os

    os.mkfifo(course.hand_in(student).parent / "pipe")


def odd_time(course: TinyCourse, student: str) -> None:
    course.hand_in(student, when="yesterday, I think")


BROKEN: dict[str, tuple[Callable[[TinyCourse, str], Any], str]] = {
    "not_json": (lambda c, s: c.hand_in(s, b"my homework"), "p1.ipynb is not valid JSON"),
    "binary": (lambda c, s: c.hand_in(s, b"\x89PNG\r\n\xff\xfe" * 9), "p1.ipynb is not"),
    "empty": (lambda c, s: c.hand_in(s, b""), "p1.ipynb is empty"),
    "blank": (lambda c, s: c.hand_in(s, b" \n\n"), "p1.ipynb is empty"),
    "truncated": (truncated, "it looks cut off"),
    "a_list": (lambda c, s: c.hand_in(s, b"[1, 2]"), "is JSON, but not a notebook"),
    "cells_no_list": (lambda c, s: c.hand_in(s, b'{"nbformat": 4, "cells": 5}'), "has no list of cells"),
    "old_format": (old_format, "notebook format 3, format 4 is needed"),
    "huge_outputs": (huge_outputs, "p1.ipynb has 200 MB (limit 24)"),
    "huge_cell": (huge_cell, "p1.ipynb has 50 MB (limit 24)"),
    "large_cell": (large_cell, "cell 2 of p1.ipynb has 3 MB of source"),
    "nested": (nested, "is nested too deep"),
    "nested_a_little": (nested_a_little, "is nested too deep"),
    "linked_notebook": (linked_notebook, "p1.ipynb is a symbolic link"),
    "linked_file": (linked_file, "data.txt is a symbolic link"),
    "linked_nowhere": (linked_nowhere, "the submission's folder is a symbolic link"),
    "linked_folder": (linked_folder, "the submission's folder is a symbolic link"),
    "linked_student": (linked_student, "the submission's folder is a symbolic link"),
    "surrogates": (surrogates, "half a character (a lone surrogate)"),
    "surrogates_in_metadata": (surrogates_in_metadata, "half a character (a lone surrogate)"),
    "wrong_name": (wrong_name, "handed in p1 (2).ipynb; expected p1.ipynb"),
    "no_notebook": (no_notebook, "no notebook was handed in"),
    "file_for_folder": (file_for_folder, "is a file, not a folder"),
    "too_many_files": (too_many_files, "more than 1000 files"),
    "pipe": (pipe, "pipe is not a plain file"),
    "odd_time": (odd_time, "timestamp.txt does not tell when it was handed in: b'yesterday, I think'"),
    "odd_kind": (lambda c, s: c.hand_in(s, _with_cell(c, {"cell_type": "heading", "source": "", "metadata": {}})),
                 "is of the unknown kind 'heading'"),
    "source_a_number": (lambda c, s: c.hand_in(s, _with_cell(c, {"cell_type": "code", "source": 5})),
                        "has a source that is no text"),
    "[bold]broken": (lambda c, s: c.hand_in(s, b"[/red]"), "p1.ipynb is not valid JSON"),
    "broken\udcff": (lambda c, s: c.hand_in(s), "its folder's name is no UTF-8"),
}  # fmt: skip


def wrong_kernel(course: TinyCourse, student: str) -> None:
    nb = course.notebook()
    nb.metadata["kernelspec"] = {"name": "evil", "display_name": "Evil", "language": "bash"}
    course.hand_in(student, nb)


def missing_keys(course: TinyCourse, student: str) -> None:
    nb = course.notebook()
    nb.cells += [{"cell_type": "code"}, {"cell_type": "markdown"}]
    del nb["metadata"], nb["nbformat_minor"]
    course.hand_in(student, nb)


def other_cells(course: TinyCourse, student: str) -> None:
    nb = course.notebook()
    nb.cells.insert(0, {"cell_type": "raw", "metadata": {}, "source": ["a\n", "b"], "id": "x y/z"})
    picture = {"x.png": {"image/png": "aGk="}}
    nb.cells.insert(
        0, {"cell_type": "markdown", "metadata": {}, "source": "", "attachments": picture, "id": "x y/z"}
    )
    course.hand_in(student, nb)


def odd_outputs(course: TinyCourse, student: str) -> None:
    nb = course.notebook()
    nb.cells[1].outputs = [{"output_type": "no such"}, 5, None]
    nb.cells[1].execution_count = "many"
    course.hand_in(student, nb)


def more_files(course: TinyCourse, student: str) -> None:
    folder = course.hand_in(student).parent
    (folder / "deep/er").mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2020-01-01 12:00:00 UTC")
    for number in range(500):
        (folder / f"deep/er/{number}.txt").write_text(str(number))
    (folder / "latin1.txt").write_bytes("déjà vu".encode("latin-1"))
    Path(str(folder), "caf\udce9.txt").write_bytes(b"\xff\xfe")


def more_notebooks(course: TinyCourse, student: str) -> None:
    folder = course.hand_in(student).parent
    for name in ("p1 copy.ipynb", "p2.ipynb", ".hidden.ipynb"):
        (folder / name).write_text("not even JSON")
    checkpoints = folder / ".ipynb_checkpoints"
    checkpoints.mkdir()
    (checkpoints / "p1-checkpoint.ipynb").write_text("old")


FINE: dict[str, Callable[[TinyCourse, str], Any]] = {
    "right": lambda c, s: c.hand_in(s),
    "wrong_kernel": wrong_kernel,
    "missing_keys": missing_keys,
    "other_cells": other_cells,
    "odd_outputs": odd_outputs,
    "more_files": more_files,
    "more_notebooks": more_notebooks,
    "two words": lambda c, s: c.hand_in(s),
    "Zoë-Łukasz 李": lambda c, s: c.hand_in(s),
    "[bold]red": lambda c, s: c.hand_in(s),
    "x*?[ab]{c}": lambda c, s: c.hand_in(s),
    "-rf": lambda c, s: c.hand_in(s),
}
EARLIER = ("truncated", "huge_outputs", "linked_file")  # graded once, broken now
LATER = "2030-01-01 12:00:00 UTC"


class Class:
    """A class graded twice: first three students alone, then everybody, those three with something broken."""

    def __init__(self, course: TinyCourse) -> None:
        self.course = course
        for student in EARLIER:
            course.hand_in(student, when="2020-01-01 12:00:00 UTC")
        assert course.autograde().returncode == 0
        self.before = {student: course.autograded(student).read_bytes() for student in EARLIER}
        for student, make in FINE.items():
            make(course, student)
        for student, (break_, _) in BROKEN.items():
            break_(course, student)
        for student in EARLIER:
            (course.submission(student) / "timestamp.txt").write_text(LATER)
        self.ended: subprocess.CompletedProcess[str] = course.autograde()


@pytest.fixture(scope="module")
def graded(new_course: Callable[..., TinyCourse]) -> Class:
    """The class."""
    return Class(new_course())


def test_the_exit_code_asks_for_a_person(graded: Class) -> None:
    assert graded.ended.returncode == 1, graded.ended.stderr
    assert "Traceback" not in graded.ended.stdout + graded.ended.stderr


@pytest.mark.parametrize("student", BROKEN)
def test_a_broken_submission_has_one_line_with_student_and_cause(graded: Class, student: str) -> None:
    shown = student.encode("utf-8", "replace").decode()
    lines = [line for line in graded.ended.stdout.splitlines() if line.startswith(f"not graded {shown}: ")]
    assert len(lines) == 1, graded.ended.stdout
    assert BROKEN[student][1] in lines[0]


@pytest.mark.parametrize("student", [s for s in BROKEN if s not in EARLIER and "\udcff" not in s])
def test_a_broken_submission_has_no_marks(graded: Class, student: str) -> None:
    assert not any(graded.course.scores(student).values())
    assert graded.course.result(student)["status"] == "not graded"
    assert not graded.course.autograded(student).exists()


@pytest.mark.parametrize("student", EARLIER)
def test_an_earlier_grade_is_kept(graded: Class, student: str) -> None:
    scores = graded.course.scores(student)
    assert {k: scores[k] for k in FULL} == FULL
    assert graded.course.autograded(student).read_bytes() == graded.before[student]
    result = graded.course.result(student)
    assert result["status"] == "not graded" and result["earlier"]["status"] == "graded"


@pytest.mark.parametrize("student", FINE)
def test_all_others_are_graded(graded: Class, student: str) -> None:
    scores = graded.course.scores(student)
    assert {k: scores.get(k) for k in FULL} == FULL
    assert graded.course.autograded(student).exists()


def test_a_wrong_kernel_is_noted(graded: Class) -> None:
    assert "asked for the kernel 'evil'" in graded.course.events("wrong_kernel")


def test_what_was_handed_in_lies_beside_the_graded_notebook(graded: Class) -> None:
    folder = graded.course.autograded("more_files").parent
    assert (folder / "deep/er/499.txt").read_text() == "499"
    assert (folder / "timestamp.txt").exists()
    assert not (graded.course.autograded("more_notebooks").parent / "p2.ipynb").exists()


def test_no_file_of_the_host_was_copied_through_a_link(graded: Class) -> None:
    copies = [p for p in (graded.course.folder / "autograded").rglob("data.txt")]
    assert not copies


def test_nothing_half_done_is_left(graded: Class) -> None:
    assert not (graded.course.folder / ".grader/build").exists()


def test_after_a_repair_the_same_command_grades_it(graded: Class) -> None:
    course = graded.course
    shutil.rmtree(course.submission("not_json"))
    course.hand_in("not_json")
    again = course.autograde("--students", "not_json")
    assert again.returncode == 0, again.stdout
    assert course.scores("not_json")["double"] == 3.0
    assert re.search(r"1 graded in", again.stdout)
    assert course.result("not_json")["notebooks"][NOTEBOOK]
