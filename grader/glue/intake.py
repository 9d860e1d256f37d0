"""Looks at what a student handed in before anything parses it for good.

Each way in which a submission can be broken has its sentence here; `NotGradable` carries it.  A file
is read once, bounded, never through a symbolic link, and what comes out is a new notebook of known
keys and types: later steps never see the student's JSON.
"""

from __future__ import annotations

import json
import os
import re
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from grader.errors import NotGradable

MAX_NOTEBOOK = 24 << 20
MAX_CELL = 1 << 20
MAX_CELLS = 2000  # each is looked at a dozen times, in the one process that serves the whole class
MAX_ATTACHMENTS = 100  # of a cell
MAX_TAGS = 100  # of a cell
MAX_FILES = 1000
MAX_FILES_BYTES = 100 << 20
MAX_NOTEBOOKS_BYTES = 4 * MAX_NOTEBOOK  # of the assignment's and whatever lies beside them
MAX_DEPTH = 60
SHORTEN = "clear its outputs and long cells, and hand in again"
TIME_BYTES = 200  # of timestamp.txt
OURS = (
    "schema_version",
    "grade_id",
    "grade",
    "solution",
    "task",
    "locked",
    "points",
    "cell_type",
    "checksum",
)
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")  # as JSON writes half a character


def handed_in(folder: Path) -> bool:
    """Whether something was handed in, be it unreadable or a link to nowhere."""
    try:
        folder.lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def check_submission(folder: Path, student: str, notebooks: set[str]) -> dict[str, NotebookNode]:
    """Check a submission's folder and read its notebooks.

    Parameters
    ----------
    folder : Path
        ``submitted/<student>/<assignment>``.
    student : str
    notebooks : set of str
        Names (without ``.ipynb``) that the assignment has.

    Returns
    -------
    dict of str to NotebookNode
        The assignment's notebooks that were handed in, by name, without outputs.

    Raises
    ------
    NotGradable
    """
    check_files(folder, student)
    check_timestamp(folder, student)
    names = {p.stem for p in folder.iterdir() if p.suffix == ".ipynb"}
    found = sorted(names & notebooks)
    if not found:
        expected = ", ".join(f"{n}.ipynb" for n in sorted(notebooks))
        if not names:
            raise NotGradable(student, "no notebook was handed in", f"expected {expected}")
        handed = ", ".join(f"{n}.ipynb" for n in sorted(names)[:3])
        raise NotGradable(student, f"handed in {handed}", f"expected {expected}: rename it")
    return {name: read_notebook(folder / f"{name}.ipynb", student) for name in found}


def check_files(folder: Path, student: str) -> None:
    """Check that a submission is a folder of plain files, not too many; raise `NotGradable` otherwise."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise NotGradable(student, "the submission's folder is a symbolic link", "hand in a real folder")
    if not student.isprintable():
        raise NotGradable(student, "its folder's name is no UTF-8", "rename the folder")
    if not folder.is_dir():
        raise NotGradable(student, f"{folder.name} is a file, not a folder", "hand in a folder")
    total = notebooks = 0
    for count, path in enumerate(_walk(folder), start=1):
        kind = path.lstat()
        if not (stat.S_ISREG(kind.st_mode) or stat.S_ISDIR(kind.st_mode)):
            what = "a symbolic link" if stat.S_ISLNK(kind.st_mode) else "not a plain file"
            raise NotGradable(student, f"{path.relative_to(folder)} is {what}", "hand in plain files only")
        if path.suffix != ".ipynb":
            total += kind.st_size
        else:
            notebooks += kind.st_size
            if notebooks > MAX_NOTEBOOKS_BYTES:
                reason = f"{path.relative_to(folder)} and other notebooks have {notebooks >> 20} MB"
                if kind.st_size > MAX_NOTEBOOK:
                    reason = _too_large(path.name, kind.st_size)
                raise NotGradable(student, reason, SHORTEN)
        if count > MAX_FILES or total > MAX_FILES_BYTES:
            limit = f"more than {MAX_FILES} files or {MAX_FILES_BYTES >> 20} MB beside the notebook"
            raise NotGradable(student, limit, "hand in what the notebook needs")


def check_timestamp(folder: Path, student: str) -> None:
    """Check that ``timestamp.txt``, if there is one, tells a time; raise `NotGradable` otherwise."""
    path = folder / "timestamp.txt"
    if not path.exists():
        return
    with open(path, "rb") as file:
        text = file.read(TIME_BYTES + 1)
    try:
        if len(text) > TIME_BYTES:  # nbgrader reads all of it, letter by letter
            raise ValueError
        parse_utc(text.decode().strip() or None)
    except (ValueError, OverflowError, TypeError):
        reason = f"timestamp.txt does not tell when it was handed in: {text[:40]!r}"
        raise NotGradable(
            student, reason, "write a time such as 2026-02-03 15:00:00 UTC there, or remove the file"
        ) from None


def read_notebook(path: Path, student: str) -> NotebookNode:
    """Read a notebook that can be graded; raise `NotGradable` otherwise.

    Parameters
    ----------
    path : Path
    student : str

    Returns
    -------
    NotebookNode
        nbformat 4: sources, metadata and attachments, no outputs.
    """
    name = path.name
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):  # `fdopen` would fail, and leave it open
        os.close(descriptor)
        raise NotGradable(student, f"{name} is a folder, not a notebook", "hand in the .ipynb file")
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        if size > MAX_NOTEBOOK:
            raise NotGradable(student, _too_large(name, size), SHORTEN)
        data = file.read(MAX_NOTEBOOK + 1)
    if not data.strip():
        raise NotGradable(student, f"{name} is empty", "hand in the notebook again")
    try:
        nb = json.loads(data)
    except UnicodeDecodeError:
        raise NotGradable(student, f"{name} is not a text file", "hand in the .ipynb file") from None
    except RecursionError:
        raise NotGradable(student, f"{name} is nested too deep to be a notebook", "hand in again") from None
    except ValueError as error:
        cut = ", it looks cut off" if data.lstrip()[:1] == b"{" else ""
        reason = f"{name} is not valid JSON{cut} ({str(error)[:80]})"
        raise NotGradable(student, reason, "hand in again") from None
    _check_shape(nb, name, student)
    cells = [_cell(c, n, name, student) for n, c in enumerate(nb["cells"], start=1)]
    _tell_apart(cells)
    if _may_hold_halves(data):
        for number, cell in enumerate(cells, start=1):
            _check_characters(cell, number, name, student)
    metadata = nb.get("metadata")
    kept = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    spec = kept.get("name") if isinstance(kept, dict) else None
    names = {"kernelspec": {"name": spec, "display_name": spec}} if isinstance(spec, str) else {}
    read: NotebookNode = nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": names, "cells": cells}
    )
    return read


def _too_large(name: str, size: int) -> str:
    return f"{name} has {size >> 20} MB (limit {MAX_NOTEBOOK >> 20})"


def _check_shape(nb: Any, name: str, student: str) -> None:
    if not isinstance(nb, dict) or ("cells" not in nb and "worksheets" not in nb):
        raise NotGradable(student, f"{name} is JSON, but not a notebook", "hand in the .ipynb file")
    if nb.get("nbformat") != 4:
        raise NotGradable(
            student,
            f"{name} has the notebook format {str(nb.get('nbformat'))[:20]}, format 4 is needed",
            "open it in a current Jupyter, save it and hand in again",
        )
    cells = nb.get("cells")
    if not isinstance(cells, list) or not all(isinstance(c, dict) for c in cells):
        raise NotGradable(student, f"{name} has no list of cells", "hand in again")
    if len(cells) > MAX_CELLS:
        reason = f"{name} has {len(cells)} cells (limit {MAX_CELLS})"
        raise NotGradable(student, reason, "remove what the exercises do not need and hand in again")
    if _deep(nb):
        raise NotGradable(student, f"{name} is nested too deep to be a notebook", "hand in again")


def _cell(cell: dict[str, Any], number: int, name: str, student: str) -> dict[str, Any]:
    """A cell rebuilt from known keys; missing ones are empty, as in a new cell."""
    source = cell.get("source", "")
    text = "".join(source) if _strings(source) else source
    kind = cell.get("cell_type")
    if not isinstance(text, str):
        raise NotGradable(student, f"cell {number} of {name} has a source that is no text", "hand in again")
    if kind not in ("code", "markdown", "raw"):
        raise NotGradable(
            student, f"cell {number} of {name} is of the unknown kind {str(kind)[:20]!r}", "hand in again"
        )
    metadata = cell.get("metadata", {})
    if not isinstance(metadata, dict):
        raise NotGradable(student, f"cell {number} of {name} has broken metadata", "hand in again")
    if len(text) > MAX_CELL:
        reason = f"cell {number} of {name} has {len(text) >> 20} MB of source (limit {MAX_CELL >> 20})"
        raise NotGradable(student, reason, "shorten it and hand in again")
    rebuilt: dict[str, Any] = {
        "cell_type": kind,
        "metadata": _metadata(metadata),
        "source": text,
        "id": cell.get("id", ""),
    }
    if kind == "code":
        rebuilt |= {"outputs": [], "execution_count": None}
    elif isinstance(cell.get("attachments"), dict):
        if len(cell["attachments"]) > MAX_ATTACHMENTS:
            reason = f"cell {number} of {name} has more than {MAX_ATTACHMENTS} attachments"
            raise NotGradable(student, reason, "remove some and hand in again")
        rebuilt["attachments"] = _attachments(cell["attachments"])
    return rebuilt


def _metadata(found: dict[str, Any]) -> dict[str, Any]:
    """Of a cell's metadata what later steps read; all else would be copied a dozen times and then dropped."""
    kept: dict[str, Any] = {}
    if isinstance(ours := found.get("nbgrader"), dict):
        kept["nbgrader"] = {k: ours[k] for k in OURS if isinstance(ours.get(k), (str, int, float))}
    tags = found.get("tags")
    if isinstance(tags, list):
        kept["tags"] = [tag for tag in tags[:MAX_TAGS] if isinstance(tag, str)]
    return kept


def _attachments(found: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Pictures by name and kind, each a text."""
    kept: dict[str, dict[str, str]] = {}
    for name, kinds in found.items():
        if isinstance(kinds, dict) and len(kinds) <= MAX_ATTACHMENTS:
            texts = {kind: "".join(data) if _strings(data) else data for kind, data in kinds.items()}
            kept[name] = {kind: data for kind, data in texts.items() if isinstance(data, str)}
    return kept


def _tell_apart(cells: list[dict[str, Any]]) -> None:
    """Give an id to cells that have none, or another's: nbformat warns of each such cell, many times."""
    seen: set[str] = set()
    for cell in cells:
        if not isinstance(cell["id"], str) or not cell["id"] or cell["id"] in seen:
            cell["id"] = uuid.uuid4().hex[:12]
        seen.add(cell["id"])


def _may_hold_halves(data: bytes) -> bool:
    """Whether JSON may hold half a character: escaped, or in bytes, which `json.loads` lets pass."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return SURROGATE.search(data) is not None


def _check_characters(cell: dict[str, Any], number: int, name: str, student: str) -> None:
    try:
        json.dumps(cell, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotGradable(
            student,
            f"cell {number} of {name} contains half a character (a lone surrogate)",
            "retype that line and hand in again",
        ) from None


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _deep(value: Any) -> bool:
    """Whether JSON nests deeper than any notebook does; later steps recurse."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        following: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                following.extend(v for v in part.values() if isinstance(v, (dict, list)))
            elif isinstance(part, list):
                following.extend(v for v in part if isinstance(v, (dict, list)))
        if not following:
            return False
        level = following
    return True


def _walk(folder: Path) -> Iterator[Path]:
    """Everything below a folder, links not followed."""
    for entry in sorted(folder.iterdir()):
        if entry.name == ".ipynb_checkpoints" and not entry.is_symlink():
            continue
        yield entry
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
