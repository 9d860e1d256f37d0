"""Memory and number of processes of one box as a whole.

Where the starter of the zygote could hand over a folder of the control-group file system, each box gets a
control group of its own (:class:`ControlGroup`, version 1 or 2) and the kernel enforces both limits.
Elsewhere :func:`memory_of` adds up what the box's processes hold, and the zygote kills a box that holds
too much at its next tick: best effort, since a fast allocation can be over before anybody looks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

FULL = 0.95  # of its limit: memory is given in portions, so a group may fail a little below


class ControlGroup:
    """The control group of one box.

    Parameters
    ----------
    folders : mapping
        ``{"memory": path, "pids": path}``: folders that were handed over to our user.  In version 2
        both are the same folder.
    version : int
        1 or 2.
    name : str
        Name of the box.
    """

    def __init__(self, folders: Mapping[str, str], version: int, name: str) -> None:
        self.version = version
        self.folders = {kind: Path(folder) / name for kind, folder in folders.items()}

    def create(self, memory_bytes: int, processes: int) -> None:
        """Make the group with its limits."""
        for folder in dict.fromkeys(self.folders.values()):
            folder.mkdir()
        if "memory" in self.folders:
            memory = self.folders["memory"]
            if self.version == 1:
                (memory / "memory.limit_in_bytes").write_text(str(memory_bytes))
                _write_if_there(memory / "memory.memsw.limit_in_bytes", str(memory_bytes))
            else:
                (memory / "memory.max").write_text(str(memory_bytes))
                _write_if_there(memory / "memory.swap.max", "0")
                _write_if_there(memory / "memory.oom.group", "0")
        if "pids" in self.folders:
            (self.folders["pids"] / "pids.max").write_text(str(processes))

    def enter(self) -> None:
        """Move the calling process into the group; its children follow."""
        for folder in dict.fromkeys(self.folders.values()):
            (folder / "cgroup.procs").write_text("0")

    def out_of_memory(self) -> str:
        """Why the kernel killed a process of the group for want of memory, if it did.

        Returns
        -------
        str
            ``"memory"``: the group was at its own limit.  ``"outside"``: the whole machine had none left (or a
            group above ours), and the group's process was only chosen.  Empty where nobody was killed.
        """
        if "memory" not in self.folders:
            return ""
        counted = self._counts("memory.oom_control" if self.version == 1 else "memory.events")
        if not counted.get("oom_kill"):
            return ""
        if self.version == 1:  # counts no failures of the group alone (`failcnt` stays 0 in new kernels)
            limit = self._counts("memory.limit_in_bytes").get("", 0)
            at_its_limit = self._counts("memory.max_usage_in_bytes").get("", limit) >= FULL * limit
        else:
            at_its_limit = bool(counted.get("oom", 1))
        return "memory" if at_its_limit else "outside"

    def _counts(self, file: str) -> dict[str, int]:
        """The lines of a file of the memory group, ``name number`` each; one without a name as ``""``."""
        try:
            lines = (self.folders["memory"] / file).read_text().splitlines()
            return {name.strip(): int(count) for name, _, count in (line.rpartition(" ") for line in lines)}
        except (OSError, ValueError):
            return {}

    def remove(self) -> bool:
        """Remove the group; False while the kernel still counts a dying process in it."""
        gone = True
        for folder in dict.fromkeys(self.folders.values()):
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                gone = False
        return gone


def _write_if_there(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError:
        return


def processes_below(roots: Iterable[int]) -> set[int]:
    """Process ids of `roots` and all their descendants.

    By parent ids, which every user may read and no process can change; a process that is not a child of
    the kernel any more is a child of the box's first process.
    """
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:
                fields = file.read().rsplit(b")", 1)[1].split()
        except (OSError, IndexError):
            continue
        children.setdefault(int(fields[1]), []).append(int(entry))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        if process not in found:
            found.add(process)
            waiting.extend(children.get(process, ()))
    return found


def memory_of(roots: Iterable[int], scratch: Iterable[str], limit: int) -> int:
    """Bytes held by a box: memory of its processes and its scratch file systems.

    Pages shared with the zygote count by their share only.  That exact sum is expensive, so it is taken
    only where a cheap upper bound is above `limit`.
    """
    files = 0
    for folder in scratch:
        try:
            usage = os.statvfs(folder)
        except OSError:
            continue
        files += (usage.f_blocks - usage.f_bfree) * usage.f_frsize + (usage.f_files - usage.f_ffree) * 1024
    processes = processes_below(roots)
    held = files + sum(_status_sum(process, ("RssAnon", "RssShmem")) for process in processes)
    if held <= limit:
        return held
    return files + sum(_proportional(process) for process in processes)


def _status_sum(process: int, names: tuple[str, ...]) -> int:
    try:
        with open(f"/proc/{process}/status") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.split(":", 1)[0] in names)
    except (OSError, ValueError, IndexError):
        return 0


def _proportional(process: int) -> int:
    try:
        with open(f"/proc/{process}/smaps_rollup") as file:
            wanted = ("Pss_Anon", "Pss_Shmem")
            return sum(int(line.split()[1]) * 1024 for line in file if line.split(":", 1)[0] in wanted)
    except (OSError, ValueError, IndexError):  # made itself unreadable: count all it maps
        return _status_sum(process, ("RssAnon", "RssShmem"))
