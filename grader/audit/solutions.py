"""Reads the library of answers: ``tests/solutions/<assignment>/<exercise>/{right,wrong}/*.py``.

The first line of a wrong answer names its misconception (``# misconception: transposed``), that of a right one
its style (``# style: two loops``); a wrong one may say on the next line ``# why: ...``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["right", "wrong"]
KINDS: tuple[Kind, ...] = ("right", "wrong")
_HEADER = re.compile(r"#\s*(misconception|style|why)\s*:\s*(.+)")


@dataclass(frozen=True)
class Solution:
    """One answer to one exercise.

    Parameters
    ----------
    assignment, exercise : str
    kind : {"right", "wrong"}
    name : str
        File name without its ending.
    source : str
        What stands in the exercise's cell.
    misconception : str
        Id that the header of a wrong answer gives; empty where there is none.
    remark : str
        Its style, or why it is wrong.
    """

    assignment: str
    exercise: str
    kind: Kind
    name: str
    source: str
    misconception: str = ""
    remark: str = ""

    @property
    def key(self) -> str:
        """Unique in its assignment; it stands in for the student's name."""
        return f"{self.exercise}/{self.kind}/{self.name}"


def read_solutions(folder: Path, assignment: str) -> list[Solution]:
    """All answers of an assignment, by exercise, right ones first.

    Parameters
    ----------
    folder : Path
        Holds a subfolder an assignment.
    assignment : str
    """
    found = []
    exercises = sorted(p for p in (folder / assignment).glob("*") if p.is_dir())
    for exercise in exercises:
        for kind in KINDS:
            for path in sorted((exercise / kind).glob("*.py")):
                source = path.read_text(encoding="utf-8")
                said = {m[1]: m[2] for m in map(_HEADER.match, source.splitlines()[:5]) if m}
                remark = (said.get("style") or said.get("why", "")).strip()
                name = said.get("misconception", "").strip()
                found.append(Solution(assignment, exercise.name, kind, path.stem, source, name, remark))
    return found


def solved_assignments(folder: Path) -> list[str]:
    """Assignments that have answers in the library."""
    return sorted(p.name for p in folder.glob("*") if p.is_dir() and any(p.glob("*/*/*.py")))
