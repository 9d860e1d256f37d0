"""One box: bubblewrap's arguments, resource limits and the environment of its kernel.

What a student's code finds: ``/usr`` and the Python environment, read-only; an empty home, ``/tmp`` and
``/dev/shm``, each of a fixed size and gone with the box; a ``/proc`` of its own processes; a network with
nothing but loopback.  Nothing else of the host exists: no folder is shared in which both sides write, even
the kernel's sockets are bound outside and passed in as descriptors.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from grader.limits import MIB, Limits
from grader.sandbox.cards import FRACTION, HIDDEN, VISIBLE
from grader.sandbox.layout import Layout

HOME = "/home/student"  # `grader.inside.enter` has the same
USER = 1000
HOME_SHARE = 0.75  # of the disk; the rest is /tmp

PASSED_VARIABLES = (
    "TZ",
    "OMP_NUM_THREADS",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    VISIBLE,
    FRACTION,
    "CUDA_LAUNCH_BLOCKING",
)
PASSED_PREFIXES = ("NBGRADER_",)


def bubblewrap_arguments(layout: Layout, limits: Limits, devices: Sequence[str] = ()) -> list[str]:
    """Arguments of bubblewrap, its own path first, the program to run left out.

    Parameters
    ----------
    layout : Layout
        The Python environment.
    limits : Limits
        Sizes of the scratch file systems.
    devices : sequence of str
        Device nodes to show (GPUs).
    """
    arguments = [layout.bwrap, "--unshare-all", "--unshare-user", "--disable-userns"]
    arguments += ["--uid", str(USER), "--gid", str(USER), "--hostname", "box"]
    arguments += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    arguments += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.islink(f"/{name}"):
            arguments += ["--symlink", f"usr/{name}", f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            arguments += ["--ro-bind", f"/{name}", f"/{name}"]
    for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime"):
        arguments += ["--ro-bind-try", path, path]
    for name in ("passwd", "group", "hosts"):
        arguments += ["--ro-bind", f"{layout.run}/etc/{name}", f"/etc/{name}"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    home_bytes = int(limits.disk_bytes * HOME_SHARE)
    arguments += ["--size", str(limits.shm_bytes), "--tmpfs", "/dev/shm"]
    arguments += ["--size", str(home_bytes), "--tmpfs", HOME]
    arguments += ["--perms", "1777", "--size", str(limits.disk_bytes - home_bytes), "--tmpfs", "/tmp"]
    for folder in layout.visible:
        arguments += ["--ro-bind", folder, folder]
    for folder in layout.masked:
        arguments += ["--size", str(MIB), "--perms", "0555", "--tmpfs", folder, "--remount-ro", folder]
    for device in devices:
        arguments += ["--dev-bind", device, device]
    if devices:
        arguments += ["--ro-bind", "/sys", "/sys"]  # CUDA's start looks at buses and processors
        arguments += ["--size", str(MIB), "--perms", "0555", "--tmpfs", "/sys/fs", "--remount-ro", "/sys/fs"]
    return [*arguments, "--remount-ro", "/dev", "--chdir", HOME, "--remount-ro", "/"]


def resource_limits(limits: Limits) -> dict[str, tuple[int, int]]:
    """(soft, hard) of each ``RLIMIT_*`` for the kernel and all it starts."""
    return {
        "CORE": (0, 0),
        "CPU": (limits.cpu_seconds, limits.cpu_seconds + 5),  # SIGXCPU first, SIGKILL for who ignores it
        "DATA": (limits.data_bytes, limits.data_bytes),
        "FSIZE": (limits.file_bytes, limits.file_bytes),
        "MEMLOCK": (0, 0),
        "MSGQUEUE": (0, 0),
        "NOFILE": (limits.open_files, limits.open_files),
        "NPROC": (limits.processes, limits.processes),
        "SIGPENDING": (1024, 1024),
        "STACK": (8 * MIB, 64 * MIB),
    }


def environment(layout: Layout, given: Mapping[str, str]) -> dict[str, str]:
    """Environment of a kernel in a box: fixed, but for the few variables of `given` that may pass."""
    passed = {
        name: value
        for name, value in given.items()
        if name in PASSED_VARIABLES or name.startswith(PASSED_PREFIXES)
    }
    return {
        "HOME": HOME,
        "USER": "student",
        "LOGNAME": "student",
        "PATH": os.path.dirname(layout.python) + ":/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": layout.library_path,
        "PYTHONPATH": layout.python_path,
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": "/tmp/.ipython",
        "JUPYTER_RUNTIME_DIR": "/tmp/.jupyter",
        "JUPYTER_PLATFORM_DIRS": "1",
        "MPLCONFIGDIR": "/tmp/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        **HIDDEN,
        **passed,
    }


def write_account_files(run: str) -> None:
    """Write the box's ``/etc/passwd``, ``group`` and ``hosts`` into the run folder."""
    folder = os.path.join(run, "etc")
    os.mkdir(folder, 0o755)
    files = {
        "passwd": f"student:x:{USER}:{USER}::{HOME}:/bin/sh\n",
        "group": f"student:x:{USER}:\n",
        "hosts": "127.0.0.1 localhost box\n::1 localhost\n",
    }
    for name, text in files.items():
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o644)
    os.chmod(folder, 0o755)
