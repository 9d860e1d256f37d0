"""What one submission may use.  Plain numbers, shared by sandbox, bridge and engine.

Every limit is a field with its unit in the name; `grader autograde` and
``c.Sandbox.*`` in ``nbgrader_config.py`` set them.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one box (one submission).

    Parameters
    ----------
    cell_seconds : float
        Wall time of one cell.
    submission_seconds : float
        Wall time of a whole submission; afterwards its box is killed.
    cpu_seconds : int
        CPU time of each process in the box (``RLIMIT_CPU``).
    memory_bytes : int
        Memory of the whole box: cgroup where writable, else a polling watchdog.
    data_bytes : int
        Private writable memory of each process (``RLIMIT_DATA``).
    processes, open_files : int
        ``RLIMIT_NPROC`` (per box) and ``RLIMIT_NOFILE``.
    file_bytes, disk_bytes, shm_bytes : int
        Size of one file; of the box's home and ``/tmp`` together; of ``/dev/shm``.
    cell_output_bytes, output_bytes, output_messages : int
        Output of one cell, of the notebook, and number of output messages.
    call_seconds : float
        Wall time of one call that a hidden test makes.
    reply_bytes : int
        Size of one value that comes back from the student's process.
    """

    cell_seconds: float = 120.0
    submission_seconds: float = 900.0
    cpu_seconds: int = 1200
    memory_bytes: int = 2048 * MIB
    data_bytes: int = 4096 * MIB
    processes: int = 256
    open_files: int = 1024
    file_bytes: int = 256 * MIB
    disk_bytes: int = 256 * MIB
    shm_bytes: int = 256 * MIB
    cell_output_bytes: int = 2 * MIB
    output_bytes: int = 10 * MIB
    output_messages: int = 20_000
    call_seconds: float = 20.0
    reply_bytes: int = 64 * MIB
