"""What grading found out about a submission, kept beside the gradebook.

The gradebook knows points; this knows each hidden test, its message and its misconception, the
kernel's deaths, and why a submission was not graded.  One JSON file a submission, written by
rename, below ``.grader/results/`` (readable by the course's owner only).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.glue.settings import STATE
from grader.result import GradedNotebook

AGAIN = "to be graded again"  # a status: --force came before; until then its earlier grade stands


def result_path(course: Path, assignment: str, student: str) -> Path:
    """Where the result of a submission lies."""
    return course / STATE / "results" / assignment / f"{student}.json"


def read_result(course: Path, assignment: str, student: str) -> dict[str, Any]:
    """A submission's result; empty where there is none or it cannot be read."""
    try:
        found = json.loads(result_path(course, assignment, student).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_result(course: Path, assignment: str, student: str, notebook: str, graded: GradedNotebook) -> None:
    """Keep the result of one notebook; other notebooks of the submission stay."""
    old = read_result(course, assignment, student)
    notebooks = old.get("notebooks", {}) if old.get("status") == "graded" else {}
    notebooks[notebook] = _told(graded)
    _write(result_path(course, assignment, student), {"status": "graded", "notebooks": notebooks})


def write_results(
    course: Path,
    assignment: str,
    student: str,
    graded: Mapping[str, GradedNotebook],
    digests: Mapping[str, str],
) -> None:
    """Keep the results of all notebooks of a submission at once, with what they follow from.

    Parameters
    ----------
    course : Path
    assignment, student : str
    graded : mapping of str to GradedNotebook
        By notebook.
    digests : mapping of str to str
        From `grader.glue.digest`.
    """
    _write(
        result_path(course, assignment, student),
        {
            "status": "graded",
            "digests": dict(digests),
            "notebooks": {name: _told(result) for name, result in graded.items()},
        },
    )


def _told(graded: GradedNotebook) -> dict[str, Any]:
    return {
        "scores": [asdict(s) for s in graded.scores],
        "exercises": [asdict(e) for e in graded.exercises],
        "events": graded.events,
        "timings": {k: round(v, 4) for k, v in graded.timings.items()},
        "needs_a_person": graded.needs_a_person,
    }


def write_not_graded(course: Path, assignment: str, student: str, reason: str) -> None:
    """Keep why a submission was not graded; what an earlier grading found stays beside it."""
    _write_beside_earlier(course, assignment, student, {"status": "not graded", "reason": reason})


def write_saving(course: Path, assignment: str, student: str) -> None:
    """Note that a submission is being saved: a run that is stopped right now leaves half of it behind."""
    _write_beside_earlier(course, assignment, student, {"status": "saving"})


def write_again(course: Path, assignment: str, student: str) -> None:
    """Note that a submission which is graded is to be graded again, by whichever run comes to it."""
    if read_result(course, assignment, student).get("status") == "graded":
        _write_beside_earlier(course, assignment, student, {"status": AGAIN})


def _write_beside_earlier(course: Path, assignment: str, student: str, content: dict[str, Any]) -> None:
    old = read_result(course, assignment, student)
    kept = old.get("earlier", old if old.get("status") == "graded" else None)
    _write(result_path(course, assignment, student), {**content, **({"earlier": kept} if kept else {})})


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        # Half a character, which UTF-8 cannot hold, is written as JSON spells it: no text may stop a class.
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
