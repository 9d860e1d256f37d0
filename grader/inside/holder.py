"""Start bubblewrap: it builds the namespaces and mounts of a box and keeps an idle ``cat`` in them; tell who ended it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time

START_SECONDS = 20.0
_EXITING = 0x4  # PF_EXITING of linux/sched.h


class LaunchError(Exception):
    """A box could not be built; the text says why."""


def read_within(descriptor: int, seconds: float, end: bytes = b"") -> bytes:
    """Read to end of file (or to the last byte of `end`), at most `seconds` long."""
    data = b""
    limit = time.monotonic() + seconds
    while not (end and data.rstrip().endswith(end)):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, limit - time.monotonic()))
        if not ready:
            raise LaunchError("no answer within the time limit")
        piece = os.read(descriptor, 4096)
        if not piece:
            break
        data += piece
    return data


def start_holder(arguments: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """Start bubblewrap with an idle ``cat`` inside; return it and the process id of the box's init.

    Raises
    ------
    LaunchError
        With bubblewrap's own message where it could not build the box.
    """
    reading, writing = os.pipe()
    program, *rest = arguments
    command = [program, "--info-fd", str(writing), *rest, "cat"]
    try:
        holder = subprocess.Popen(
            command,
            pass_fds=[writing],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin"},
        )
    finally:
        os.close(writing)
    assert holder.stdin and holder.stdout and holder.stderr
    try:
        with os.fdopen(reading, "rb") as stream:
            information = read_within(stream.fileno(), START_SECONDS, end=b"}")
        # `cat` answers only when all mounts are done and it runs
        holder.stdin.write(b"x")
        holder.stdin.flush()
        if not information or read_within(holder.stdout.fileno(), START_SECONDS, end=b"x") != b"x":
            raise LaunchError("bubblewrap ended")
        return holder, int(json.loads(information)["child-pid"])
    except (OSError, ValueError, LaunchError) as error:
        holder.kill()
        _, text = holder.communicate()
        raise LaunchError(
            f"bubblewrap could not build the box: {text.decode(errors='replace').strip()}"
        ) from error


def ended_from_outside(holder: subprocess.Popen[bytes], init_pid: int) -> bool:
    """Whether a box whose kernel was killed went because somebody outside killed bubblewrap.

    To be asked before the kernel is reaped: until then the box's first process, where it was killed, waits for it.

    Nothing inside can do that.  A process cannot send SIGKILL to the first one of its own pid namespace
    (pid_namespaces(7)) and does not see the outer bubblewrap.  It may kill ``cat`` (Landlock forbids it since
    version 6 only); then the outer bubblewrap ends by itself, and the first process follows.
    """
    if holder.poll() is None and not _is_exiting(holder.pid):
        return _is_exiting(init_pid)
    return holder.wait() < 0


def _is_exiting(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return bool(int(file.read().rsplit(b")", 1)[1].split()[6]) & _EXITING)
    except (OSError, IndexError):
        return False
