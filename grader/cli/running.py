"""What commands that grade many tasks have in common: the machine's zygote, workers that end, a clean stop."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from grader.errors import SandboxError

if TYPE_CHECKING:
    from grader.batch import Executor
    from grader.sandbox.zygote import Zygote

SAME = "the same command"
GOES_ON = f"stopped; what is graded stays graded, {SAME} goes on from here"

STOPS = (signal.SIGINT, signal.SIGTERM)
AGAIN = 0.3  # seconds after which a stop that some `except` on its way has swallowed is raised again


class NextRun:
    """What a person is to type after a run that ended early."""

    without_force = (
        False  # --force has been noted for all that it is to grade; once more, it would begin anew
    )

    def told(self, text: str) -> str:
        """A sentence for a person, with the command that goes on."""
        return text.replace(SAME, f"{SAME} without --force") if self.without_force else text


@contextlib.contextmanager
def stoppable(console: Console, said: str = GOES_ON) -> Iterator[NextRun]:
    """Ctrl-C and SIGTERM end with one line and exit code 130 or 143; a second one does not disturb the tidying up."""
    status, next_run = 0, NextRun()

    def stop(number: int, frame: object) -> None:
        nonlocal status
        status = status or 128 + number
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (*STOPS, signal.SIGALRM)}
    try:
        yield next_run
    except KeyboardInterrupt:
        _no_more_stops()
        console.print(next_run.told(said))
        raise typer.Exit(status or 130) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _no_more_stops() -> None:
    """From here on we are tidying up."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (*STOPS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """What must not be left half begun: a stop waits for its end.  Signals are the main thread's to answer."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: came.append(number)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


@contextlib.contextmanager
def closing(executor: Executor) -> Iterator[None]:
    """End the workers: politely after the last task, at once where we are leaving early."""
    try:
        yield
    except BaseException:
        _no_more_stops()
        executor.close(kill=True)
        raise
    executor.close()


def begin_zygote(stack: contextlib.ExitStack) -> Zygote | None:
    """Start the warm process early, while we still read settings; None where one runs already or none can be had.

    It is handed to `zygote`, which says what is wrong where none could be started.
    """
    from grader.sandbox.layout import BubblewrapMissing
    from grader.sandbox.running import KernelStartError
    from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote

    if os.environ.get(ADDRESS_VARIABLE):
        return None
    try:
        with _undisturbed():
            return stack.enter_context(Zygote.begin())
    except (KernelStartError, BubblewrapMissing):
        return None


def zygote(
    stack: contextlib.ExitStack, libraries: Iterable[str] | None = None, begun: Zygote | None = None
) -> str:
    """Address of the warm process that all workers share; refuses where no box can be built.

    One that runs already is used where ``GRADER_ZYGOTE`` names it.

    Parameters
    ----------
    stack : ExitStack
        Ends it.
    libraries : iterable of str, optional
        What the notebooks import, to be imported once before any kernel is forked.
    begun : Zygote, optional
        From `begin_zygote`.
    """
    from grader.sandbox.doctor import probe_layers, require_layers
    from grader.sandbox.layout import BubblewrapMissing
    from grader.sandbox.preload import preload_for
    from grader.sandbox.running import KernelStartError
    from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote

    try:
        if address := os.environ.get(ADDRESS_VARIABLE):
            return Zygote.connect(address).address
        try:
            with _undisturbed():
                warm = begun or stack.enter_context(Zygote.begin())
            warm.warm_up(preload_for(libraries))
        except (KernelStartError, BubblewrapMissing):
            require_layers()  # says why, where it is the machine
            raise
        require_layers(probe_layers(warm))
        return warm.address
    except (KernelStartError, BubblewrapMissing) as error:
        raise SandboxError(f"{error}; run `grader doctor`") from None
