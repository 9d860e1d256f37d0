"""One request, one reply, over a socket whose other end the student's process holds.

The peer may send anything at any time: a reply counts only when it carries the request's random
id, stays inside the size budget and arrives before the deadline.  After the first violation the
channel is broken for good and every later request answers `NoAnswer` at once.  On a late reply
the kernel is interrupted, and killed when it does not react.

Between a request and its reply, stand-ins in the student's process may ask the oracle.  A question
carries the request's id, too; its time is the request's, and when that is over it is answered with an
interrupt.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

from grader.bridge.answer import NoAnswer
from grader.bridge.oracle import QUESTIONS, Oracle, Unknown, error
from grader.wire import WireError, decode, encode
from grader.wire.frames import Closed, Late, readable, receive_frame, send_frame

GRACE = 2.0  # seconds that an interrupted kernel has to answer


class Channel:
    """The trusted end.

    Parameters
    ----------
    sock : socket.socket
    reply_bytes : int
        Size budget of one reply.
    interrupt, kill : callable
        Stop the running call; end the kernel.
    """

    def __init__(
        self,
        sock: socket.socket,
        reply_bytes: int,
        interrupt: Callable[[], None],
        kill: Callable[[str], None],
    ) -> None:
        self.sock = sock
        self.reply_bytes = reply_bytes
        self.interrupt = interrupt
        self.kill = kill
        self.broken: NoAnswer | None = None
        self.oracle = Oracle()

    def ask(self, op: str, seconds: float, **request: Any) -> list[dict[str, Any]]:
        """Send a request and wait for its outcomes.

        Parameters
        ----------
        op : str
            One of `grader.inside.probe.REQUESTS`.
        seconds : float
            Wall time for the whole request.

        Returns
        -------
        list of dict
            One outcome a call; checked to be dicts, their content is still the student's word.

        Raises
        ------
        NoAnswer
        """
        if self.broken is not None:
            raise self.broken
        ticket = secrets.token_hex(16)
        deadline = time.monotonic() + seconds
        try:
            send_frame(self.sock, *encode({"id": ticket, "op": op, **request}), deadline)
            reply, interrupted = self._reply(ticket, deadline)
        except Closed:
            raise self._break("dead", "the kernel ended during the call") from None
        except Late:
            self.kill("time")
            raise self._break(
                "late", f"no answer within {seconds:g} s, and it could not be interrupted"
            ) from None
        except WireError as violation:
            self.kill("malformed reply")
            raise self._break("malformed", str(violation)) from None
        if type(reply) is not dict or reply.get("id") != ticket:
            self.kill("malformed reply")
            raise self._break("malformed", "a reply that answers no request")
        outcomes = reply.get("outcomes")
        if type(outcomes) is not list or not all(type(o) is dict for o in outcomes):
            raise self._break("malformed", "a reply without outcomes")
        if interrupted and all("ok" in o for o in outcomes):  # it was told to stop, and went on all the same
            raise NoAnswer("late", f"no answer within {seconds:g} s")
        return outcomes

    def _reply(self, ticket: str, deadline: float) -> tuple[Any, bool]:
        """The next message that is no question of a stand-in, and whether it came after an interrupt."""
        over = deadline + GRACE
        interrupted = False
        questions = 0
        while True:
            # A frame is begun before the deadline or not at all, so that none is cut in two.
            if not interrupted and not readable(self.sock, deadline):
                # Ask nicely first: the interrupted call answers KeyboardInterrupt and the kernel lives.
                interrupted, over = True, time.monotonic() + GRACE
                self.interrupt()
            structure, buffers = receive_frame(self.sock, self.reply_bytes, over)
            message = decode(structure, buffers)
            if type(message) is not dict or "ask" not in message:
                return message, interrupted
            if message.get("id") != ticket:
                raise WireError("a question that belongs to no request")
            questions += 1
            try:
                answer, parts = self._answer(message, buffers, deadline, questions)
            except Late:
                answer, parts = error("KeyboardInterrupt", "")
                if not interrupted:
                    interrupted, over = True, time.monotonic() + GRACE
            except Unknown:
                raise WireError("a question for something that stands in for nothing") from None
            send_frame(self.sock, encode({"id": ticket, "answer": answer})[0], parts, over)

    def _answer(
        self, question: dict[str, Any], buffers: list[bytes], deadline: float, questions: int
    ) -> tuple[bytes, list[bytes]]:
        """What a stand-in is told; raises `Late` once the request's time is over."""
        if time.monotonic() >= deadline:
            raise Late
        if questions > QUESTIONS:
            return error(
                "RuntimeError", f"right versions that stand in were called over {QUESTIONS} times in one call"
            )
        return self.oracle.answer(question["ask"], question.get("call"), buffers, deadline)

    def _break(self, reason: str, detail: str) -> NoAnswer:
        self.broken = NoAnswer(reason, detail)
        self.oracle.close()
        return self.broken
