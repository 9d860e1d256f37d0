"""What a task reads, packed to travel: no disk needs to be shared with the machine that grades it.

The course's files (hidden tests, the ``conftest.py`` above them, ``c.Grading.reference``) become one archive,
the same bytes for the same files, known by its digest.  A runner unpacks it once, into a folder that only its
owner can enter.  The files of a box's home travel with their task, as `grader.sandbox.staging` packs them.

An archive holds regular files only, and both ends know the same bounds.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import CourseError

MAXIMUM_BYTES = 256 << 20  # of a course's files together
MAXIMUM_FILES = 20_000
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".git"}


@dataclass(frozen=True)
class Course:
    """The files of a course that its hidden tests read.

    Parameters
    ----------
    archive : bytes
    digest : str
        SHA-256 of the archive.
    tests : str
        Folder of the hidden tests, relative to the archive's root.
    """

    archive: bytes
    digest: str
    tests: str


def pack_course(tests: Path, root: Path, reference: Iterable[str]) -> Course:
    """Pack an assignment's hidden tests and what they read.

    Parameters
    ----------
    tests : Path
        Folder of the hidden tests, below `root`.
    root : Path
        Folder from which they import.
    reference : iterable of str
        Files and folders below `root`; what does not exist is left out.

    Raises
    ------
    CourseError
        If something lies elsewhere, is a link, or is too much.
    """
    tests, root = tests.resolve(), root.resolve()
    if not tests.is_relative_to(root):
        raise CourseError(
            f"hidden tests in {tests} cannot travel: they must lie below c.Grading.root ({root})"
        )
    above = [folder / "conftest.py" for folder in tests.parents if folder.is_relative_to(root)]
    wanted = [tests, *above, *(root / name for name in reference)]
    found = sorted({path for start in wanted for path in _files(start)})
    if len(found) > MAXIMUM_FILES:
        raise CourseError(f"the course's hidden tests and reference are more than {MAXIMUM_FILES} files")
    buffer, total = io.BytesIO(), 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in found:
            if not path.resolve().is_relative_to(root) or path.is_symlink() or not path.is_file():
                raise CourseError(f"{path} cannot travel: it is no plain file below {root}")
            data = path.read_bytes()
            total += len(data)
            if total > MAXIMUM_BYTES:
                raise CourseError(
                    f"hidden tests and reference are more than {MAXIMUM_BYTES >> 20} MiB; see c.Grading.reference"
                )
            member = tarfile.TarInfo(path.relative_to(root).as_posix())
            # no owner, no time: same files, same bytes
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    data = buffer.getvalue()
    return Course(data, hashlib.sha256(data).hexdigest(), tests.relative_to(root).as_posix())


def unpack(data: bytes, folder: Path) -> None:
    """Unpack an archive into a new folder that only its owner can enter.

    Raises
    ------
    ValueError
        If it holds anything but plain files with plain names within the bounds.
    """
    folder.mkdir(mode=0o700)
    total = 0
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for number, member in enumerate(archive):
            name = PurePosixPath(member.name)
            total += member.size
            if not member.isreg() or name.is_absolute() or not name.parts or ".." in name.parts:
                raise ValueError(f"an archive holds {member.name!r}, which is no plain file")
            if number >= MAXIMUM_FILES or total > MAXIMUM_BYTES:
                raise ValueError("an archive is too large")
            file = archive.extractfile(member)
            assert file is not None
            path = folder / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(path, "xb") as out:
                out.write(file.read())


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        for entry in path.iterdir():
            if entry.name not in LEFT_OUT:
                yield from _files(entry)
    elif path.is_symlink() or path.exists():
        yield path
