"""Pack the files that a box's home is to start with.

The box never sees a folder of the host: the trusted side reads the files, packs them into an archive in
memory, and the kernel process, which has no rights any more, unpacks it into its own home.  Symbolic
links, sockets, pipes and devices are left out: a link would be followed here, with our rights.
"""

from __future__ import annotations

import io
import logging
import os
import stat
import tarfile
from pathlib import Path

MAXIMUM_FILES = 2000
MAXIMUM_DEPTH = 4

log = logging.getLogger(__name__)


def pack(folder: Path, maximum_bytes: int) -> bytes:
    """Pack the regular files below `folder`.

    Parameters
    ----------
    folder : Path
        Its files keep their paths relative to it.  Hidden files and folders are left out.
    maximum_bytes : int
        Files beyond this total, the smallest path first, are left out with a warning.

    Returns
    -------
    bytes
        A tar archive; empty where there is nothing to pack.
    """
    found = list(_regular_files(folder, Path()))
    if not found:
        return b""
    buffer = io.BytesIO()
    total = 0
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for relative in found[:MAXIMUM_FILES]:
            try:
                descriptor = os.open(folder / relative, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except OSError as error:
                log.warning("%s was not handed to the sandbox: %s", relative, error.strerror)
                continue
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    continue
                if total + status.st_size > maximum_bytes:
                    log.warning("%s was not handed to the sandbox: too large for its disk", relative)
                    continue
                data = file.read(status.st_size)
            total += len(data)
            member = tarfile.TarInfo(relative.as_posix())
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    if len(found) > MAXIMUM_FILES:
        log.warning("%s: only the first %d files were handed to the sandbox", folder, MAXIMUM_FILES)
    return buffer.getvalue()


def _regular_files(root: Path, below: Path) -> list[Path]:
    found: list[Path] = []
    try:
        entries = sorted(os.scandir(root / below), key=lambda entry: entry.name)
    except OSError:
        return found
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = below / entry.name
        if entry.is_file(follow_symlinks=False):
            found.append(path)
        elif entry.is_dir(follow_symlinks=False) and len(path.parts) < MAXIMUM_DEPTH:
            found.extend(_regular_files(root, path))
        if len(found) > MAXIMUM_FILES:
            break
    return found
