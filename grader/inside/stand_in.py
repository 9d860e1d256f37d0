"""UNTRUSTED.  A right version of an exercise that this submission has already failed: one that asks.

Its code is not here.  Each call sends the arguments, as plain values, over the bridge's own socket
while the trusted side waits for the answer to its request (`grader.bridge.oracle` computes there), and
brings back what is returned, what has changed in place, or the error that was raised.  Nothing that it
knows answers an exercise: a name and a number.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from grader.wire import WireError, decode, encode
from grader.wire.frames import receive_frame, send_frame
from grader.wire.shared import Shared

MAX_ANSWER = 16 << 20


class Line:
    """Where stand-ins ask: open while a request is being served, and one question at a time.

    Parameters
    ----------
    sock : socket.socket
        The probe's.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.ticket = ""  # of the request that is being served
        self.known: set[int] = set()  # stand-ins in use
        self.lock = threading.RLock()  # a student's threads may ask, too
        self.busy = False
        self.process = os.getpid()

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody asks while the answer to the request goes out, and none afterwards."""
        with self.lock:
            self.ticket = ""
            yield

    def ask(self, key: int, structure: bytes, buffers: list[bytes]) -> Any:
        """Send a question and wait for its answer."""
        with interrupts_wait(), self.lock:
            if self.busy or not self.ticket or key not in self.known or os.getpid() != self.process:
                raise RuntimeError("a right version that stands in for yours answers during a test only")
            try:
                question, _ = encode({"id": self.ticket, "ask": key, "call": structure})
            except WireError as error:
                raise ValueError(str(error)) from None
            self.busy = True
            try:
                send_frame(self.sock, question, buffers)
                answer, parts = receive_frame(self.sock, MAX_ANSWER)
            finally:
                self.busy = False
            return decode(decode(answer, [])["answer"], parts)


@contextlib.contextmanager
def interrupts_wait() -> Iterator[None]:
    """SIGINT comes after a question and its answer, not between them: the socket stays in step."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


class StandIn:
    """A function whose code is somewhere else.

    Parameters
    ----------
    line : Line
    key : int
        Its number at the other end.
    name : str
        The exercise's function.
    """

    def __init__(self, line: Line, key: int, name: str) -> None:
        self._line, self._key = line, key
        self.__name__ = self.__qualname__ = name
        line.known.add(key)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        shared = Shared(plain)
        try:
            structure, buffers = encode(shared.pack([args, kwargs]))
        except WireError as error:
            raise TypeError(
                f"a right version stands in for your {self.__name__} here; it takes numbers, texts, lists, "
                f"tuples and dicts, not {error}"
            ) from None
        answer = self._line.ask(self._key, structure, buffers)
        if "error" in answer:
            raise error_named(answer["error"], answer["text"])
        value = shared.unpack(answer)
        shared.write_back(answer)
        return value

    def __deepcopy__(self, memo: dict[int, Any]) -> StandIn:
        return self  # as a function


def plain(value: Any) -> Any:
    """A number for what is one (a tensor without dimensions, a Fraction); what has items, as it is."""
    if getattr(value, "ndim", None) == 0 and callable(getattr(value, "item", None)):
        return value.item()
    if isinstance(value, Iterable) or hasattr(value, "__getitem__"):
        return value
    for convert in ("__index__", "__float__"):
        if hasattr(value, convert):
            return int(value) if convert == "__index__" else float(value)
    raise WireError(f"a {type(value).__name__}")


def error_named(name: str, text: str) -> BaseException:
    """An exception of a built-in class; a `RuntimeError` where there is none of that name."""
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, (Exception, KeyboardInterrupt)):
        with contextlib.suppress(TypeError):  # UnicodeDecodeError wants more than a text
            return kind(text)
    return RuntimeError(f"{name}: {text}")
