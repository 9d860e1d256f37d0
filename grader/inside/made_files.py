"""UNTRUSTED.  Brings back the files that a notebook wrote into its home.

nbgrader runs a notebook in the autograded folder, so what its cells write stays there; a box's home
vanishes with the box.  The trusted side checks names and sizes again before it writes anything.
"""

from __future__ import annotations

import os
from pathlib import Path

from IPython import get_ipython


def made_files(known: list[str], count: int, size: int) -> dict[str, bytes]:
    """Plain files below the working folder that were not there at the start.

    Parameters
    ----------
    known : list of str
        Relative paths that were handed to the box.
    count, size : int
        At most so many files, and so many bytes together.

    Returns
    -------
    dict of str to bytes
        By relative path, with ``/`` between its parts.
    """
    home = Path(get_ipython().starting_dir)
    found: dict[str, bytes] = {}
    skipped, total = set(known), 0
    for folder, folders, names in os.walk(home):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__pycache__")))
        for name in sorted(names):
            path = Path(folder, name)
            relative = path.relative_to(home).as_posix()
            if name.startswith(".") or relative in skipped or path.is_symlink() or not path.is_file():
                continue
            total += path.stat().st_size
            if len(found) >= count or total > size:
                return found
            found[relative] = path.read_bytes()
    return found
