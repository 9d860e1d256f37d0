"""Values over a stream socket: one frame, one value.

A frame is a fixed head (magic, structure length, number of buffers), the buffers' lengths, then
the bytes.  The reader checks every length against its budget before it allocates, and one deadline
covers the whole frame, so a peer that drips bytes gains nothing.
"""

from __future__ import annotations

import select
import socket
import struct
import time

from grader.wire.codec import MAX_BUFFERS, MAX_STRUCTURE, WireError

MAGIC = b"ARG1"
HEAD = struct.Struct("<4sII")
LENGTH = struct.Struct("<Q")


class Closed(ConnectionError):
    """The other end is gone."""


class Late(TimeoutError):
    """The deadline passed before the frame was complete."""


def send_frame(
    sock: socket.socket, structure: bytes, buffers: list[bytes], deadline: float | None = None
) -> None:
    """Write one frame.

    Parameters
    ----------
    sock : socket.socket
        Stream socket, blocking or not.
    structure, buffers
        What `grader.wire.encode` gave.
    deadline : float, optional
        `time.monotonic` value after which `Late` is raised.
    """
    head = HEAD.pack(MAGIC, len(structure), len(buffers)) + b"".join(LENGTH.pack(len(b)) for b in buffers)
    for part in (head, structure, *buffers):
        view = memoryview(part)
        while view:
            _wait(sock, deadline, write=True)
            try:
                view = view[sock.send(view[: 1 << 20], socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Closed(str(error)) from None


def receive_frame(
    sock: socket.socket, budget: int, deadline: float | None = None
) -> tuple[bytes, list[bytes]]:
    """Read one frame of at most `budget` bytes.

    Raises
    ------
    WireError
        Bad magic or a length over its bound; the stream is unusable afterwards.
    Closed, Late
    """
    magic, structure_length, count = HEAD.unpack(_exactly(sock, HEAD.size, deadline))
    if magic != MAGIC or structure_length > MAX_STRUCTURE or count > MAX_BUFFERS:
        raise WireError("bad frame")
    lengths = [n for (n,) in LENGTH.iter_unpack(_exactly(sock, count * LENGTH.size, deadline))]
    if structure_length + sum(lengths) > budget:
        raise WireError(f"a reply of {structure_length + sum(lengths)} bytes (limit {budget})")
    return _exactly(sock, structure_length, deadline), [_exactly(sock, n, deadline) for n in lengths]


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        _wait(sock, deadline, write=False)
        try:
            piece = sock.recv(min(size - len(data), 1 << 20), socket.MSG_DONTWAIT)
        except BlockingIOError:
            continue
        except OSError as error:
            raise Closed(str(error)) from None
        if not piece:
            raise Closed("closed by the other end")
        data += piece
    return bytes(data)


def readable(sock: socket.socket, deadline: float) -> bool:
    """Whether there is something to read (or an end) before the deadline; past it, whether there is now."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(max(0, int((deadline - time.monotonic()) * 1000))))


def _wait(sock: socket.socket, deadline: float | None, write: bool) -> None:
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise Late("no complete answer in time")
    poll = select.poll()
    poll.register(sock, select.POLLOUT if write else select.POLLIN)
    if not poll.poll(None if left is None else max(1, int(left * 1000))):
        raise Late("no complete answer in time")
