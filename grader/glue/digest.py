"""What a grade follows from, as digests kept beside it: only a change in one of them is a reason to grade again.

`course_digests` is taken once a run: the assignment as the gradebook knows it, its hidden tests, what
they read (`c.Grading.reference`), the settings, the environment.  `submission_digest` is taken once a
submission.  `changed` compares with what stands beside a result and names the parts that differ.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

import grader

PARTS = ("submission", "assignment", "tests", "reference", "settings", "environment")
READ = 128 << 20  # bytes of a file; no submission may be larger, and what is larger is refused
GRADES = (
    "inside",
    "wire",
    "student",
    "bridge",
    "sandbox",
    "checks",
    "pytest_plugin",
    "engine",
    "glue/intake.py",
    "glue/restore.py",
    "glue/execute.py",
    "glue/save.py",
    "limits.py",
    "result.py",
    "text.py",
)  # rooms and files of ours
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache"}


def course_digests(
    assignment: Any,
    source: Path,
    tests: Path | None,
    root: Path,
    reference: Iterable[str],
    settings: Mapping[str, Any],
) -> dict[str, str]:
    """Digests of all parts but the submission.

    Parameters
    ----------
    assignment : nbgrader.api.Assignment
        Its notebooks' cells, as they were generated.
    source : Path
        Its folder: files in it come before those that were handed in, tags of cells (``parameters``) are restored.
    tests : Path or None
        Folder of the hidden tests.
    root : Path
        Folder from which they import; ``conftest.py`` of the folders between count as tests.
    reference : iterable of str
        Files and folders below `root` that they read.
    settings : mapping
        Whatever chooses how cells are run and judged (`grader.glue.chosen`); values are told apart by their `repr`.

    Returns
    -------
    dict of str to str
        By the names in `PARTS`.
    """
    cells = sorted(
        (
            n.name,
            type(c).__name__,
            c.name,
            str(getattr(c, "source", "")),
            float(getattr(c, "max_score", 0) or 0),
        )
        for n in assignment.notebooks
        for c in (*n.source_cells, *n.grade_cells)
    )
    due = str(assignment.duedate)  # a late penalty follows from it
    above = [p / "conftest.py" for p in tests.parents if p.is_relative_to(root)] if tests else []
    return {
        "assignment": _of([due, cells, *_of_source(source)]),
        "tests": _of_files([*([tests] if tests else []), *above], root),
        "reference": _of_files([root / name for name in reference], root),
        "settings": _of({k: repr(v) for k, v in sorted(settings.items())}),
        "environment": environment(),
    }


def submission_digest(folder: Path) -> str:
    """Digest of all that was handed in, its time stamp included (a late penalty follows from it).

    Parameters
    ----------
    folder : Path
        ``submitted/<student>/<assignment>``.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    return _of_files([folder], folder)


def changed(before: Mapping[str, Any], now: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the parts that differ; all where nothing is known of before."""
    return tuple(part for part in PARTS if before.get(part) != now[part])


@cache
def environment() -> str:
    """Digest of Python, of each installed package's version, and of the source that grades (`GRADES`)."""
    packages = {(d.name, d.version) for d in importlib.metadata.distributions()}
    own = Path(grader.__file__).parent
    return _of(
        [
            platform.python_implementation(),
            platform.python_version(),
            platform.machine(),
            sorted(map(str, packages)),
            _of_files([own / room for room in GRADES], own),
        ]
    )


def _of_source(folder: Path) -> list[Any]:
    """The files beside an assignment's notebooks, and the tags of the notebooks' cells."""
    files = sorted(_files(folder))
    tags = [
        (path.name, str(cell.metadata.get("nbgrader", {}).get("grade_id", "")), list(cell.metadata.tags))
        for path in files
        if path.suffix == ".ipynb"
        for cell in nbformat.read(path, as_version=4).cells
        if cell.metadata.get("tags")
    ]
    return [_of_files([path for path in files if path.suffix != ".ipynb"], folder), tags]


def _of_files(paths: Iterable[Path], root: Path) -> str:
    """Digest of names, sizes and contents of files and of all files in folders."""
    digest = hashlib.sha256()
    for path in sorted({f for p in paths for f in _files(p)}):
        name = os.fsencode(os.path.relpath(path, root))
        digest.update(f"{len(name)} ".encode() + name)
        kind = path.lstat()
        if stat.S_ISREG(kind.st_mode):
            digest.update(f" {kind.st_size} ".encode())
            with open(path, "rb") as file:
                digest.update(file.read(READ))
        else:  # a link, a socket: it is refused later, and is no file to read
            digest.update(f" kind {stat.S_IFMT(kind.st_mode)} ".encode())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        for entry in path.iterdir():
            if entry.name not in LEFT_OUT:
                yield from _files(entry)
    elif os.path.lexists(path):
        yield path


def _of(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
