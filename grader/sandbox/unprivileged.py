"""For root only: give up root, then become the zygote.

A program of its own, started with ``python -I -S``; standard library only.  As root, bubblewrap would keep
capabilities, and a box whose host user is 0 may write to files of the host's ``/proc`` even with none.  So
this program, before anything else of the sandbox runs,

1. moves to a mount namespace of its own and stops it from sharing mounts with the host's,
2. binds the Python environment read-only to the neutral places of the layout,
3. drops to an unprivileged user and group for good,
4. replaces itself by the zygote.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT = 1, 2, 4, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MS_NOATIME_KINDS = {0x0400: 1024, 0x0800: 2048, 0x1000: 1 << 21}  # statvfs flag to mount flag

_libc = ctypes.CDLL(None, use_errno=True)


def _mount(source: str, target: str, flags: int) -> None:
    result = _libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {source} on {target}: {os.strerror(number)}")


def bind_read_only(source: str, target: str) -> None:
    """Show folder `source` at folder `target`, read-only."""
    _mount(source, target, MS_BIND | MS_REC)
    kept = os.statvfs(target).f_flag
    flags = MS_RDONLY | MS_NOSUID | MS_NODEV
    # a container's user namespace locks these flags: leaving one out would be refused
    flags |= sum(flag for seen, flag in MS_NOATIME_KINDS.items() if kept & seen)
    _mount("none", target, MS_BIND | MS_REMOUNT | flags)


def main() -> None:
    """Read the plan as JSON from the descriptor given as only argument, and follow it."""
    with os.fdopen(int(sys.argv[1])) as file:
        plan = json.load(file)
    if plan["control_group"]:
        with open(plan["control_group"], "w") as file:
            file.write("0")
    if _libc.unshare(CLONE_NEWNS) < 0:
        number = ctypes.get_errno()
        raise OSError(number, "unshare: " + os.strerror(number))
    _mount("none", "/", MS_REC | MS_PRIVATE)
    for source, target in plan["binds"]:
        bind_read_only(source, target)
    os.setgroups([])
    os.setresgid(plan["uid"], plan["uid"], plan["uid"])
    os.setresuid(plan["uid"], plan["uid"], plan["uid"])
    if os.getresuid() != (plan["uid"],) * 3 or plan["uid"] == 0:
        raise SystemExit("could not drop root")
    os.chdir("/")
    os.execve(plan["command"][0], plan["command"], plan["env"])


if __name__ == "__main__":
    main()
