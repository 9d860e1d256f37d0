"""Serves a dask scheduler with a runner, until the scheduler goes or a signal comes.

A polite end takes less than 2 s: the runner signs off, so that dask sends its tasks elsewhere and holds
nothing against them; its grading processes are killed; its folder is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import platform
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grader
from grader.batch import runner
from grader.batch.deck import Deck
from grader.batch.runner import Runner
from grader.batch.tls import ANSWER, Certificates, ClusterError, is_loopback, knock, security_for

SIGN_OFF = 0.7  # seconds, and as long for closing the connections
CONFIGURATION = {
    "distributed.worker.profile.enabled": False,
    "distributed.comm.timeouts.connect": "30s",
    # their web pages, which know neither certificates nor passwords, say no more than that we live
    "distributed.worker.http.routes": ["distributed.http.health"],
    "distributed.scheduler.http.routes": ["distributed.http.health"],
    "distributed.deploy.lost-worker-timeout": "5s",
    "distributed.admin.large-graph-warning-threshold": "1GiB",
}


def require_dask() -> None:
    """Raises `ClusterError` where dask is missing; else makes it quiet."""
    try:
        import dask
        import distributed  # noqa: F401
    except ImportError:
        raise ClusterError(
            "the extra packages are missing: pip install 'autoregrade[grading,cluster]'"
        ) from None
    dask.config.set(CONFIGURATION)
    for name in ("distributed", "distributed.client", "distributed.worker", "distributed.scheduler"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@cache
def versions() -> dict[str, str]:
    """What coordinator and runners should have in common, for grades not to depend on where they were made."""
    digest = hashlib.sha256()
    package = Path(grader.__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    found = {"python": platform.python_version(), "autoregrade": digest.hexdigest()[:8]}
    for name in ("torch", "numpy", "scipy", "ipython", "ipykernel", "nbformat", "pytest"):
        with contextlib.suppress(Exception):
            found[name] = version(name)
    return found


def alike() -> str:
    """Name of a dask resource that only runners with our `versions` announce."""
    return "grader-" + hashlib.sha256(repr(sorted(versions().items())).encode()).hexdigest()[:16]


class Daemons(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own, for which the interpreter does not wait when it ends.

    A loop's usual executor keeps the process until the last call has returned.  Of two threads that close a worker
    of dask at the same time one may swallow the other's word, and then both wait half a minute.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it at once."""
        promised: Future[Any] = Future()

        def run() -> None:
            if not promised.set_running_or_notify_cancel():
                return
            try:
                promised.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  whoever waits for it is told
                promised.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return promised


def run_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run an event loop for `main` only: what dask still has under way is not waited for, unlike in `asyncio.run`.

    Dask's own end may wait for what never comes once it was interrupted, and so may its threads.
    """
    loop = asyncio.new_event_loop()
    loop.set_default_executor(Daemons())
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.set_exception_handler(lambda loop, context: None)  # it would report each task that is left


def serve(
    address: str,
    certificates: Certificates | None,
    slots: int,
    zygote: Callable[[], str] | None,
    said: Callable[[str], None],
    name: str | None = None,
    interface: str | None = None,
    deck: Deck | None = None,
) -> int:
    """Be a runner of the scheduler at `address`.

    Parameters
    ----------
    address : str
    certificates : Certificates or None
    slots : int
    zygote : callable or None
        As in `grader.batch.local.Slots`.
    said : callable
        Shows a line to a person.
    name : str, optional
        By which the scheduler knows the runner.
    interface : str, optional
        Network interface to be reached at, where the machine has several.
    deck : Deck, optional
        Cards, announced as the resource ``gpu``: one for each kernel that may be on them at a time.

    Returns
    -------
    int
        Exit status: 0 after SIGINT or SIGTERM, 1 where the scheduler or a card has gone.

    Raises
    ------
    ClusterError
        If there is no way to the scheduler.
    """
    require_dask()
    security = security_for(address, certificates)
    knock(address, security)
    runner.here = Runner(slots, zygote, deck)
    try:
        return run_loop(_serve(address, security, runner.here, name, interface, said))
    finally:
        runner.here.close()


async def _serve(
    address: str,
    security: Any,
    lent: Runner,
    name: str | None,
    interface: str | None,
    said: Callable[[str], None],
) -> int:
    from distributed import Worker

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    reasons: list[str] = []

    def leave(reason: str) -> None:
        reasons.append(reason)
        stop_soon(stop.set)

    stop_soon, lent.leave = asyncio.get_running_loop().call_soon_threadsafe, leave
    number_of_slots = len(lent.slots.slots)
    cards = lent.cards
    local = is_loopback(urlsplit(address).hostname or "")
    worker = Worker(
        address,
        name=name,
        nthreads=number_of_slots,
        resources={"slot": number_of_slots, alike(): number_of_slots, **({"gpu": cards} if cards else {})},
        memory_limit=0,  # each box has its own limit
        security=security,
        host="127.0.0.1" if local else None,
        interface=interface,
        dashboard_address="127.0.0.1:0",
        local_directory=str(lent.folder / "dask"),
        startup_information={
            "grader": lambda worker: versions(),
            # `grader.batch.cluster` compares it with what the course wants
            "grader_slot_bytes": lambda worker: lent.slots.deck.share_bytes if lent.slots.deck else 0,
        },
        death_timeout=ANSWER,
    )
    starting = asyncio.ensure_future(_start(worker, address))
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        return 0
    starting.result()
    on_cards = f", {cards} of them on cards" if cards else ""
    said(f"runner at {address}: {number_of_slots} slot{'s' * (number_of_slots != 1)}{on_cards}")
    finished = asyncio.ensure_future(worker.finished())
    await asyncio.wait([finished, stopped], return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        said("the scheduler has gone, and so do we")
        lent.stop()
        return 1
    await _sign_off(worker)
    lent.stop()
    closing = asyncio.ensure_future(worker.close(timeout=SIGN_OFF, executor_wait=False))
    await asyncio.wait([closing], timeout=SIGN_OFF)
    said(f"{reasons[0] if reasons else 'stopped'}; what was being graded here goes to other runners")
    return 1 if reasons else 0


async def _start(worker: Any, address: str) -> None:
    try:
        await worker
    except Exception as error:  # noqa: BLE001  dask wraps what went wrong once or twice
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        text = " ".join(str(cause).split())[:200] or type(cause).__name__
        raise ClusterError(f"no way to the scheduler at {address}: {text}") from None


async def _sign_off(worker: Any) -> None:
    """Leave: what we hold is copied, what we run goes elsewhere, and it counts as nobody's fault."""
    here = worker.address
    with contextlib.suppress(Exception):
        leaving = worker.scheduler.retire_workers(
            workers=[here], close_workers=False, remove=True, stimulus_id="runner-stops"
        )
        await asyncio.wait_for(leaving, SIGN_OFF / 2)
    with contextlib.suppress(Exception):
        leaving = worker.scheduler.unregister(
            address=here, expected=True, close=False, stimulus_id="runner-stops"
        )
        await asyncio.wait_for(leaving, SIGN_OFF / 2)
