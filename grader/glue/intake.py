"""Looks at what a student handed in before anything parses it for good.

Each way in which a submission can be broken has its sentence here; `NotGradable` carries it.  Files
are read once, bounded, never through a symbolic link.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.errors import NotGradable

MAX_NOTEBOOK = 64 << 20
MAX_CELL = 1 << 20
MAX_FILES = 500
MAX_FILES_BYTES = 100 << 20
MAX_DEPTH = 60


def check_submission(folder: Path, student: str, notebooks: set[str]) -> list[str]:
    """Check a submission's folder.

    Parameters
    ----------
    folder : Path
        ``submitted/<student>/<assignment>``.
    student : str
    notebooks : set of str
        Names (without ``.ipynb``) that the assignment has.

    Returns
    -------
    list of str
        Names of the assignment's notebooks that were handed in and can be read.

    Raises
    ------
    NotGradable
    """
    if folder.is_symlink():
        raise NotGradable(student, "the submission's folder is a symbolic link", "hand in a real folder")
    names: list[str] = []
    count = total = 0
    for path in _walk(folder):
        kind = path.lstat()
        if not (stat.S_ISREG(kind.st_mode) or stat.S_ISDIR(kind.st_mode)):
            what = "a symbolic link" if stat.S_ISLNK(kind.st_mode) else "not a plain file"
            raise NotGradable(student, f"{path.relative_to(folder)} is {what}", "hand in plain files only")
        count += 1
        total += kind.st_size if path.suffix != ".ipynb" else 0
        if count > MAX_FILES or total > MAX_FILES_BYTES:
            raise NotGradable(
                student, f"more than {MAX_FILES} files or {MAX_FILES_BYTES >> 20} MB beside the notebook"
            )
        if path.suffix == ".ipynb" and path.parent == folder:
            names.append(path.stem)
    found = sorted(set(names) & notebooks)
    if not found:
        expected = ", ".join(f"{n}.ipynb" for n in sorted(notebooks))
        if not names:
            raise NotGradable(student, "no notebook was handed in", f"expected {expected}")
        raise NotGradable(student, f"handed in {', '.join(sorted(names))}.ipynb", f"expected {expected}: rename it")
    for name in found:
        check_notebook(folder / f"{name}.ipynb", student)
    return found


def check_notebook(path: Path, student: str) -> None:
    """Check that a file is a notebook that can be graded; raise `NotGradable` otherwise."""
    name = path.name
    size = path.stat().st_size
    if size > MAX_NOTEBOOK:
        raise NotGradable(
            student, f"{name} has {size >> 20} MB (limit {MAX_NOTEBOOK >> 20})", "clear its outputs and hand in again"
        )
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MAX_NOTEBOOK + 1)
    if not data.strip():
        raise NotGradable(student, f"{name} is empty", "hand in the notebook again")
    try:
        nb = json.loads(data)
    except UnicodeDecodeError:
        raise NotGradable(student, f"{name} is not a text file", "hand in the .ipynb file") from None
    except RecursionError:
        raise NotGradable(student, f"{name} is nested too deep to be a notebook") from None
    except ValueError as error:
        cut = ", it looks cut off" if data.lstrip()[:1] == b"{" else ""
        raise NotGradable(student, f"{name} is not valid JSON{cut} ({str(error)[:80]})", "hand in again") from None
    _check_shape(nb, name, student)


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
        raise NotGradable(student, f"{name} has no list of cells")
    if _deep(nb):
        raise NotGradable(student, f"{name} is nested too deep to be a notebook")
    for number, cell in enumerate(cells, start=1):
        source = cell.get("source")
        text = "".join(source) if _strings(source) else source
        if not isinstance(text, str) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            raise NotGradable(student, f"cell {number} of {name} is not a notebook cell")
        if not isinstance(cell.get("metadata", {}), dict):
            raise NotGradable(student, f"cell {number} of {name} has broken metadata")
        if len(text) > MAX_CELL:
            raise NotGradable(student, f"cell {number} of {name} has {len(text) >> 20} MB of source (limit 1)")
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise NotGradable(
                student,
                f"cell {number} of {name} contains half a character (a lone surrogate)",
                "retype that line and hand in again",
            )


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _deep(value: Any) -> bool:
    """Whether JSON nests deeper than any notebook does; later steps recurse."""
    level = [value]
    for _ in range(MAX_DEPTH):
        following = []
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
        if entry.name == ".ipynb_checkpoints":
            continue
        yield entry
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
