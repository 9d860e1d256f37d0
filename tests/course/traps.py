"""The known traps of nbgrader, each as a submission with the scores it must get.

`TRAPS` names a student after the trap; `make` hands in, and the expected scores say what differs from a submission
that is right throughout.  The same class goes through ``nbgrader autograde`` and ``grader autograde``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import nbformat

from .tiny_course import RIGHT, TinyCourse, cell_of

FULL = {"square": 2.0, "double": 3.0, "mark": 1.5}
WRONG = {"square": "square = None", "double": "double = None"}
NONE_OF_BOTH = {"square": 0.0, "double": 0.0}


@dataclass(frozen=True)
class Trap:
    """One submission.

    Parameters
    ----------
    solutions : dict
        Sources of exercises that differ from the right ones.
    edit : callable or None
        Changes the notebook in place before it is handed in.
    scores : dict
        Expected scores that differ from `FULL`.
    noted : str
        A part of what ``grader autograde`` must note for the instructor.
    """

    solutions: dict[str, str] = field(default_factory=dict)
    edit: Callable[[Any], None] | None = None
    scores: dict[str, float] = field(default_factory=dict)
    noted: str = ""

    def make(self, course: TinyCourse, student: str) -> None:
        """Hand in."""
        course.change(student, self.edit or (lambda nb: None), **self.solutions)


def tag_all(nb: Any) -> None:
    for cell in nb.cells:
        cell.metadata["tags"] = ["skip-execution", "remove-cell", "raises-exception"]


def tag_as_injected(nb: Any) -> None:
    for cell in nb.cells:
        cell.metadata["tags"] = ["injected-parameters"]


def duplicate_tests(nb: Any) -> None:
    for name in ("square_tests", "double_tests"):
        nb.cells.append(nbformat.from_dict({**cell_of(nb, name), "id": f"copy-{name[:6]}"}))


def remove_tests(nb: Any) -> None:
    nb.cells = [c for c in nb.cells if "tests" not in c.metadata.get("nbgrader", {}).get("grade_id", "")]


def remove_all(nb: Any) -> None:
    nb.cells = []


def empty_metadata(nb: Any) -> None:
    for cell in nb.cells:
        cell.metadata["nbgrader"] = {}


def odd_metadata(nb: Any) -> None:
    for number, cell in enumerate(nb.cells):
        cell.metadata["nbgrader"] = ["a list", 7, None, {"grade_id": ["x"]}, {"grade_id": 3}][number % 5]
        cell.metadata["tags"] = 5


def flip_flags(nb: Any) -> None:
    for cell in nb.cells:
        found = cell.metadata.get("nbgrader", {})
        for flag in ("grade", "solution", "locked"):
            if flag in found:
                found[flag] = not found[flag]


def raise_points(nb: Any) -> None:
    for cell in nb.cells:
        if "points" in cell.metadata.get("nbgrader", {}):
            cell.metadata["nbgrader"]["points"] = 1000


def swap_ids(nb: Any) -> None:
    square, double = cell_of(nb, "square_tests"), cell_of(nb, "double_tests")
    square.metadata["nbgrader"]["grade_id"], double.metadata["nbgrader"]["grade_id"] = (
        "double_tests",
        "square_tests",
    )


def rename_ids(nb: Any) -> None:
    cell_of(nb, "double_tests").metadata["nbgrader"]["grade_id"] = "my_own_tests"


def tests_first(nb: Any) -> None:
    nb.cells.sort(key=lambda c: "tests" not in c.metadata.get("nbgrader", {}).get("grade_id", ""))


def tests_last(nb: Any) -> None:
    nb.cells.sort(key=lambda c: "tests" in c.metadata.get("nbgrader", {}).get("grade_id", ""))


def empty_tests(nb: Any) -> None:
    for name in ("square_tests", "double_tests"):
        cell_of(nb, name).source = ""


def tests_become_text(nb: Any) -> None:
    for name in ("square_tests", "double_tests"):
        cell = cell_of(nb, name)
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]


def shows(expression: str) -> dict[str, str]:
    """`mark` that gives back some odd value."""
    return {"mark": f"def mark():\n    return {expression}"}


LOUD = """\
import sys, warnings, logging
warnings.warn("this library is old")
print("progress 100 %", file=sys.stderr)
logging.getLogger("lib").warning("careful")
"""
TALKS = "    print('working', file=sys.stderr)\n    warnings.warn('old')\n"
LOUD_SOLUTIONS = {
    "square": LOUD + "def square(x):\n" + TALKS + "    return x * x",
    "double": "def double(x):\n" + TALKS + "    return 2 * x",
    "mark": "def mark():\n" + TALKS + "    return 1.5",
}
ZERO_MARK = {"mark": 0.0}

TRAPS: dict[str, Trap] = {
    "right": Trap(),
    "skip_execution": Trap(WRONG, tag_all, NONE_OF_BOTH),
    "tagged_as_injected": Trap(WRONG, tag_as_injected, NONE_OF_BOTH),
    "nan": Trap(shows("float('nan')"), scores=ZERO_MARK, noted="mark_tests ended with 'nan'"),
    "infinite": Trap(shows("float('inf')"), scores=ZERO_MARK),
    "negative": Trap(shows("-5"), scores=ZERO_MARK, noted="mark_tests ended with '-5'"),
    "bool": Trap(shows("True"), scores=ZERO_MARK),
    "tensor": Trap(shows("__import__('torch').tensor(1.0)"), scores=ZERO_MARK),
    "above_maximum": Trap(shows("400"), scores=ZERO_MARK, noted="mark_tests ended with '400'"),
    "text": Trap(shows("'4'"), scores=ZERO_MARK),
    "duplicated": Trap(edit=duplicate_tests, noted="square_tests is there more than once"),
    "duplicated_wrong": Trap(WRONG, duplicate_tests, NONE_OF_BOTH),
    "removed": Trap(edit=remove_tests, noted="double_tests was missing and is put back"),
    "removed_wrong": Trap(WRONG, remove_tests, NONE_OF_BOTH),
    "no_cells": Trap(edit=remove_all, scores={"square": 0.0, "double": 0.0, "mark": 0.0}),
    "empty_metadata": Trap(WRONG, empty_metadata, NONE_OF_BOTH),
    "empty_metadata_right": Trap(edit=empty_metadata, noted="square_tests was missing and is put back"),
    "odd_metadata": Trap(WRONG, odd_metadata, NONE_OF_BOTH),
    "flipped_flags": Trap(WRONG, flip_flags, NONE_OF_BOTH, noted="changed by hand"),
    "more_points": Trap(edit=raise_points, noted="cell square_tests: points changed by hand"),
    "swapped_ids": Trap({"square": "square = None"}, swap_ids, NONE_OF_BOTH),
    "renamed_id": Trap(WRONG, rename_ids, NONE_OF_BOTH),
    "tests_first": Trap(WRONG, tests_first, {"square": 0.0, "double": 0.0, "mark": 0.0}),
    "tests_last": Trap(edit=tests_last),
    "emptied_tests": Trap(WRONG, empty_tests, NONE_OF_BOTH),
    "text_for_tests": Trap(WRONG, tests_become_text, NONE_OF_BOTH),
    "loud": Trap(LOUD_SOLUTIONS),
    "dead_kernel": Trap(
        {"double": "import os\ndef double(x):\n    os._exit(0)"},
        scores={"double": 0.0},
        noted="the kernel died",
    ),
    "dead_on_definition": Trap({"square": "import os\nos.kill(os.getpid(), 9)"}, scores={"square": 0.0}),
    "leaves_early": Trap({"double": "def double(x):\n    raise SystemExit"}, scores={"double": 0.0}),
    "endless": Trap({"double": "def double(x):\n    while True: pass"}, scores={"double": 0.0}),
    "sees_grading": Trap(
        {
            "mark": "import os\ndef mark():\n    return 3 if os.environ['NBGRADER_EXECUTION'] == 'autograde' else 1"
        },
        scores={"mark": 3.0},
    ),
    "sees_parameter": Trap({"mark": "def mark():\n    return 4 if STEPS == 2 else 1"}, scores={"mark": 4.0}),
    "unsolved": Trap(
        {name: "raise NotImplementedError" for name in RIGHT if name != "essay_answer"},
        scores={"square": 0.0, "double": 0.0, "mark": 0.0},
    ),
}
