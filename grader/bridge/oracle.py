"""Computes right versions of earlier exercises for tests of what relies on them (error carried forward).

Where a student's `softmax` lost points, a stand-in takes its place in the student's process while
`sgd_step` is tested.  It holds no code: it asks, and here the reference answers.  What it is asked with is
the student's choice (a mask of 10**9 rows, a list that takes forever), so the reference runs in a small
process forked for this, with limits on memory and processor time, without any descriptor but its own
socket, which knows bytes of the closed codec only.  The worker passes bytes on without decoding them
and holds the clock.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import gc
import os
import resource
import secrets
import signal
import socket
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.wire import WireError, decode, encode
from grader.wire.codec import MAX_STRUCTURE
from grader.wire.frames import Closed, Late, receive_frame, send_frame
from grader.wire.shared import Shared

MEMORY = 512 << 20  # bytes beyond what the worker itself has mapped
PROCESSOR_SECONDS = 300
CALL_BYTES = 8 << 20  # arguments of one call, or its result: half of it numbers, half of it anything else
HEAD_BYTES = 4096  # more than what is around a call or a result, when it is passed on
QUESTIONS = 100_000  # in one request of a test; all tests of lesson 3's `generate` ask 4,700 times
ENDS = 3  # times that an oracle may end badly during the tests of one exercise
PR_SET_PDEATHSIG = 1  # linux/prctl.h

Bytes = tuple[bytes, list[bytes]]


@dataclass(frozen=True)
class Carried:
    """What stands in for an exercise that failed: the reference's function, which never leaves.

    Parameters
    ----------
    function : callable
        From plain values to plain values; it may change its arguments in place, and draws nothing.
    """

    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """The function's name, which the student's process is told."""
        return str(getattr(self.function, "__name__", "function"))


class Unknown(Exception):
    """A question for something that stands in for nothing."""


class Oracle:
    """Answers the stand-ins of one student's process, from a process of its own."""

    def __init__(self) -> None:
        self.functions: dict[int, Callable[..., Any]] = {}
        self.ends = 0
        self._pid = 0
        self._sock: socket.socket | None = None

    def add(self, carried: Carried) -> int:
        """Make a function known; returns the key by which it is asked for."""
        self._end()  # it was forked without this function
        key = secrets.randbits(62)
        self.functions[key] = carried.function
        return key

    def answer(self, key: Any, call: Any, buffers: list[bytes], deadline: float) -> Bytes:
        """What a stand-in is told.

        Parameters
        ----------
        key, call, buffers
            As they came from the student's process.
        deadline : float
            `time.monotonic` value after which `Late` is raised, and the oracle is ended.

        Returns
        -------
        structure, buffers
            The result, what changed, or an error by name; not decoded here.

        Raises
        ------
        Unknown
            If nothing stands in under this key.
        Late
        """
        if type(key) is not int or key not in self.functions or type(call) is not bytes:
            raise Unknown
        if len(call) + sum(map(len, buffers)) > CALL_BYTES:
            return error("ValueError", "arguments too large for the right version that stands in for yours")
        if self.ends >= ENDS:
            return error("RuntimeError", f"the right version that stands in for yours ended {ENDS} times")
        sock = self._sock or self._fork()
        try:
            send_frame(sock, encode({"key": key, "call": call})[0], buffers, deadline)
            structure, parts = receive_frame(sock, CALL_BYTES, deadline)
        except Late:
            self.ends += 1
            self._end()
            raise
        except (Closed, WireError):
            self.ends += 1
            self._end()
            return error(
                "RuntimeError", "the right version that stands in for yours ended on what it was called with"
            )
        if len(structure) > MAX_STRUCTURE - HEAD_BYTES:
            return error("ValueError", "a result too large for the right version that stands in for yours")
        return structure, parts

    def close(self) -> None:
        """Forget all functions and end the process."""
        self.functions.clear()
        self.ends = 0
        self._end()

    def _fork(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with warnings.catch_warnings():
            # Newer Pythons warn of forks beside threads: the child uses nothing that a lock of theirs guards.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            _become(theirs.detach(), self.functions)
        theirs.close()
        self._pid, self._sock = pid, ours
        return ours

    def _end(self) -> None:
        if self._sock is None:
            return
        self._sock.close()
        self._sock = None
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
            os.waitpid(self._pid, 0)


def error(name: str, text: str) -> Bytes:
    """An answer that raises in the student's process."""
    return encode({"error": name, "text": text})


# ---------------------------------------------------------------------------------------------
# In the oracle's own process


def _become(descriptor: int, functions: dict[int, Callable[..., Any]]) -> NoReturn:
    """Answer until the worker is gone; never returns into the worker's code."""
    try:
        gc.freeze()  # what the worker has let go of is not the oracle's to clean up
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.dup2(descriptor, 3)
        for other in os.listdir("/proc/self/fd"):
            if int(other) > 3:
                with contextlib.suppress(OSError):  # the one that listed them is closed already
                    os.close(int(other))
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        _limit(resource.RLIMIT_AS, mapped + MEMORY)
        _limit(resource.RLIMIT_CPU, PROCESSOR_SECONDS)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, 0)
        sock = socket.socket(fileno=3)
        while True:
            structure, buffers = receive_frame(sock, CALL_BYTES + HEAD_BYTES)
            question = decode(structure, [])
            send_frame(sock, *_computed(functions[question["key"]], question["call"], buffers))
    finally:
        os._exit(0)


def _limit(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def _computed(function: Callable[..., Any], call: bytes, buffers: list[bytes]) -> Bytes:
    """Result of a call and what it changed, or the error that it raised."""
    try:
        shared = Shared()
        args, kwargs = shared.unpack(decode(call, buffers))
        before = shared.copies()
        value = function(*args, **kwargs)
        return encode(shared.pack(value, shared.changes(before)))
    except BaseException as raised:  # noqa: BLE001  whatever the arguments provoke
        kinds = [k.__name__ for k in type(raised).__mro__ if getattr(builtins, k.__name__, None) is k]
        text = raised.args[0] if raised.args and isinstance(raised.args[0], (str, int)) else ""
        return error(kinds[0], str(text)[:300])
