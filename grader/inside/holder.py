"""Start bubblewrap: it builds the namespaces and mounts of a box and keeps an idle ``cat`` in them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time

START_SECONDS = 20.0


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
