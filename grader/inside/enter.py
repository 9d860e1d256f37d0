"""Enter a box that bubblewrap built, and give every right away.  Standard library and libc only.

A freshly forked child of the zygote walks through this file once, top to bottom of :func:`drop`:

1. :func:`join_namespaces`: one ``setns`` on a pidfd of the box's first process moves it into the user,
   mount, network, IPC, UTS and cgroup namespaces of the box; children forked afterwards are in its pid
   namespace as well.  One call for all: joining them one after the other fails with EPERM, because the
   first one already takes away the right to the next.
2. resource limits, then capabilities, then ``no_new_privs``;
3. Landlock: the file system is read-only but for the scratch folders;
4. the seccomp filter, which was compiled on the trusted side;
5. :func:`check`: look at ``/proc/self`` and refuse to go on unless every layer is really there.

Every failure raises; the caller ends the process.  No step is skipped quietly.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from collections.abc import Iterable, Mapping, Sequence

_libc = ctypes.CDLL(None, use_errno=True)

# linux/sched.h
NAMESPACES = {
    "user": 0x10000000,
    "mnt": 0x00020000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "cgroup": 0x02000000,
}

# linux/prctl.h
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 4, 22, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 36, 38, 47
_PR_CAP_AMBIENT_CLEAR_ALL, _SECCOMP_MODE_FILTER = 4, 2
_CAPABILITY_VERSION_3 = 0x20080522

# linux/landlock.h; the system call numbers are the same on every architecture
_SYS_LANDLOCK_CREATE, _SYS_LANDLOCK_ADD, _SYS_LANDLOCK_RESTRICT = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15}  # number of file rights known to that version; 16 from 5 on
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3

READ_ONLY = EXECUTE | READ_FILE | READ_DIR
READ_WRITE = ((1 << 16) - 1) & ~(MAKE_CHAR | MAKE_BLOCK)
DEVICE = READ_FILE | READ_DIR | WRITE_FILE | IOCTL_DEV

HOME = "/home/student"


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, *arguments: int) -> None:
    """Call ``prctl(2)``; raise `OSError` where it fails."""
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc.prctl(ctypes.c_int(option), *words), f"prctl({option})")


def become_subreaper() -> None:
    """Adopt orphaned grandchildren, so that the zygote learns how a kernel ended."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def namespaces() -> dict[str, str]:
    """Identity of each namespace the process is in, e.g. ``{"net": "net:[4026531840]", ...}``."""
    found = {}
    for name in NAMESPACES:
        try:
            found[name] = os.readlink(f"/proc/self/ns/{name}")
        except FileNotFoundError:  # a kernel built without this kind
            continue
    return found


def join_namespaces(pidfd: int) -> None:
    """Move into all namespaces of the process behind `pidfd` (Linux 5.8 or newer)."""
    flags = 0
    for name in namespaces():
        flags |= NAMESPACES[name]
    _checked(_libc.setns(pidfd, flags), "setns")


def close_descriptors(keep: Iterable[int]) -> None:
    """Close every file descriptor from 3 upwards except `keep`."""
    low = 3
    for kept in sorted(keep):
        os.closerange(low, kept)
        low = kept + 1
    _, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.closerange(low, min(highest, 1 << 20) if highest > 0 else 1 << 20)


def set_resource_limits(limits: Mapping[str, Sequence[int]]) -> None:
    """Set ``RLIMIT_<name>`` to (soft, hard), never above what the process already has."""
    for name, (soft, hard) in limits.items():
        kind = getattr(resource, "RLIMIT_" + name)
        _, ceiling = resource.getrlimit(kind)
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def drop_capabilities() -> None:
    """Empty all five capability sets and forbid ever gaining rights by ``execve``."""
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for capability in range(last + 1):
        prctl(_PR_CAPBSET_DROP, capability)
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, bytes(24)), "capset")
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def landlock_version() -> int:
    """Version of the kernel's Landlock, 0 where there is none."""
    return max(0, _libc.syscall(_SYS_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1))


def restrict_files(rules: Iterable[tuple[str, int]]) -> int:
    """Allow the given rights below each path and nothing anywhere else (Landlock).

    Parameters
    ----------
    rules : iterable of (path, rights)
        Paths as the process sees them; those that do not exist are left out, hence denied.

    Returns
    -------
    int
        The Landlock version used; 0 where the kernel has none, and then nothing is restricted.
    """
    version = landlock_version()
    if version < 1:
        return 0
    handled = (1 << _RIGHTS_OF_ABI.get(version, 16)) - 1
    scoped = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    attribute = struct.pack("QQQ", handled, 0, scoped)
    attribute = attribute[: 8 if version < 4 else 16 if version < 6 else 24]
    size = ctypes.c_size_t(len(attribute))
    ruleset = _checked(_libc.syscall(_SYS_LANDLOCK_CREATE, attribute, size, 0), "landlock_create_ruleset")
    for path, rights in rules:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        if not os.path.isdir(path):
            rights &= _ON_FILES
        rule = struct.pack("=Qi", rights & handled, descriptor)
        _checked(_libc.syscall(_SYS_LANDLOCK_ADD, ruleset, 1, rule, 0), f"landlock_add_rule {path}")
        os.close(descriptor)
    _checked(_libc.syscall(_SYS_LANDLOCK_RESTRICT, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)
    return version


def install_filter(program: bytes) -> None:
    """Install a compiled seccomp filter (an array of ``struct sock_filter``, 8 bytes each)."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]

    buffer = ctypes.create_string_buffer(program, len(program))
    header = Program(len(program) // 8, ctypes.addressof(buffer))
    result = _libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(header), 0, 0)
    _checked(result, "seccomp")


def drop(
    resource_limits: Mapping[str, Sequence[int]],
    program: bytes,
    outside: Mapping[str, str],
    devices: Sequence[str] = (),
) -> None:
    """Give up every right; afterwards the process is fit to run a student's code.

    Parameters
    ----------
    resource_limits : mapping
        Name of each limit without its ``RLIMIT_`` to (soft, hard).
    program : bytes
        The compiled seccomp filter.
    outside : mapping
        :func:`namespaces` as seen by the zygote; none of them may still be ours.
    devices : sequence of str
        Device nodes of the box that may be used (GPUs).

    Raises
    ------
    OSError, RuntimeError
        Where a layer could not be put in place.
    """
    set_resource_limits(resource_limits)
    drop_capabilities()
    restrict_files(
        [
            ("/", READ_ONLY),
            (HOME, READ_WRITE),
            ("/tmp", READ_WRITE),
            ("/dev", DEVICE),
            ("/dev/shm", READ_WRITE),
            # the driver's threads name themselves in /proc, and CUDA's start fails where they may not
            ("/proc", READ_ONLY | WRITE_FILE | (TRUNCATE if devices else 0)),
            *((device, DEVICE) for device in devices),
        ]
    )
    # Changing the user namespace made the process "undumpable", so that its own /proc files belonged to
    # nobody and the zygote could not measure its memory.  Nobody outside the box but the zygote's own
    # user is let in by this, and within the box there is one student only.
    prctl(_PR_SET_DUMPABLE, 1)
    install_filter(program)
    check(outside)


def check(outside: Mapping[str, str]) -> None:
    """Raise `RuntimeError` unless every layer that can be seen from within is in place."""
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    left = [name for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb") if int(status[name], 16)]
    if left:
        raise RuntimeError(f"capabilities left: {left}")
    if status["NoNewPrivs"].strip() != "1":
        raise RuntimeError("no_new_privs is not set")
    if status["Seccomp"].strip() != "2":
        raise RuntimeError("the system call filter is not in place")
    shared = [name for name, identity in namespaces().items() if outside.get(name) == identity]
    if shared:
        raise RuntimeError(f"namespaces shared with the host: {shared}")
    if os.getuid() == 0 or os.geteuid() == 0:
        raise RuntimeError("still root")
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("more than one thread")
