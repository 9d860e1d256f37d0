"""Find a folder of the control-group file system and hand it to the zygote.

Control groups bound the memory and the number of processes of a box as a whole.  Root can always make one in
version 1, and in version 2 below the root of the hierarchy; an ordinary user only where a folder was
delegated to them (systemd: ``Delegate=yes``).  Where nothing can be had, :func:`delegate` returns None and
the zygote watches memory instead ("best effort").
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PREFIX = "autoregrade-"


@dataclass(frozen=True)
class Delegation:
    """Folders in which the zygote may make one control group a box.

    Parameters
    ----------
    version : int
        Of the control-group interface, 1 or 2.
    folders : dict
        ``"memory"`` and ``"pids"`` to a folder; one may be missing.
    zygote : str or None
        Version 2: the ``cgroup.procs`` that the zygote must enter while still root, because moving a process
        takes write access to the common ancestor of its old and its new group.
    """

    version: int
    folders: dict[str, str]
    zygote: str | None = None


def delegate(name: str, uid: int) -> Delegation | None:
    """Make folders called `name` and give them to `uid`; None where that is not possible.

    With version 2 the calling process is not moved, so the folder lies beside its own group.
    """
    folders: dict[str, str] = {}
    for kind in ("memory", "pids"):
        folder = _make(_own_group_v1(kind), name, uid)
        if folder:
            folders[kind] = folder
    if "memory" in folders:
        return Delegation(1, folders)
    for folder in folders.values():
        with contextlib.suppress(OSError):
            os.rmdir(folder)
    return _delegate_v2(name, uid)


def _own_group_v1(kind: str) -> Path | None:
    mounted = None
    with open("/proc/mounts") as file:
        for line in file:
            _, place, filesystem, options, *_ = line.split()
            if filesystem == "cgroup" and kind in options.split(","):
                mounted = Path(place)
    if mounted is None:
        return None
    with open("/proc/self/cgroup") as file:
        for line in file:
            _, kinds, path = line.rstrip("\n").split(":", 2)
            if kind in kinds.split(","):
                own = mounted / path.lstrip("/")
                return own if own.is_dir() else mounted
    return None


def _make(parent: Path | None, name: str, uid: int) -> str | None:
    if parent is None:
        return None
    folder = parent / name
    try:
        folder.mkdir()
    except OSError:
        return None
    if uid != os.getuid():
        for path in (folder, folder / "cgroup.procs"):
            os.chown(path, uid, -1)
    return str(folder)


def _delegate_v2(name: str, uid: int) -> Delegation | None:
    place = None
    with open("/proc/mounts") as file:
        for line in file:
            fields = line.split()
            if fields[2] == "cgroup2":
                place = Path(fields[1])
    if place is None:
        return None
    try:
        available = (place / "cgroup.controllers").read_text().split()
    except OSError:
        return None
    kinds = [kind for kind in ("memory", "pids") if kind in available]
    if "memory" not in kinds:
        return None
    try:
        # Root's child groups lie directly below the hierarchy's root: the group of a login session holds
        # processes, and such a group cannot have children with controllers.
        _enable(place, kinds)
        folder = place / name
        folder.mkdir()
        _enable(folder, kinds)
        (folder / "zygote").mkdir()
        for path in (folder, folder / "cgroup.procs", folder / "zygote", folder / "zygote" / "cgroup.procs"):
            os.chown(path, uid, -1)
    except OSError:
        return None
    return Delegation(2, dict.fromkeys(kinds, str(folder)), str(folder / "zygote" / "cgroup.procs"))


def _enable(folder: Path, kinds: Sequence[str]) -> None:
    (folder / "cgroup.subtree_control").write_text(" ".join("+" + kind for kind in kinds))


def remove(delegation: Delegation | None) -> None:
    """Remove what :func:`delegate` made, and groups left in it by a killed zygote."""
    for folder in map(Path, set(delegation.folders.values()) if delegation else ()):
        inner = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        for path in [*inner, folder]:
            with contextlib.suppress(OSError):
                path.rmdir()
