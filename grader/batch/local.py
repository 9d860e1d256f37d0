"""Runs tasks in worker processes of this machine.

Each slot is a pool of one process (`concurrent.futures`), so a worker that is killed breaks its own slot
only: the slot gets a new process, and the task one more try, when all others are done and with nothing
beside it (in `LocalExecutor`; a cluster has its own way).  A task that outlives its time limit by a wide
margin has its worker killed.  A zygote that is killed is started anew, and the tasks whose boxes went with
it begin again.

On cards a task takes a share of one before it begins (`grader.batch.deck`).  A task that ran out of the
card's memory is tried once more with a card of its own, when all others are done.

`Slots` are those processes; a cluster's runner has them too.  `LocalExecutor` sends a class through them.

Nothing is started before the first task.  Workers are forked from multiprocessing's fork server, which
imports PyTorch once for all of them (where hidden tests want it), while the zygote warms up on another core.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import re
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.batch.deck import Deck
from grader.batch.worker import grade_task, prepare
from grader.engine.task import GradeTask
from grader.errors import NotGradable, SandboxError, ZygoteLost
from grader.result import GradedNotebook
from grader.sandbox.cards import Share
from grader.sandbox.running import KernelStartError, is_listening

MARGIN = 120.0  # seconds beyond twice a submission's own limit: tests and start of the worker
TRIES = 2
HEAVY = re.compile(rb"\b(torch|scipy|grader\.checks|reference)\b")  # in hidden tests: they import PyTorch
POISON = "run it by itself on a machine that you can spare: `grader autograde --students`"
SECONDS_TO_END = 5.0  # for the thread of a pool whose processes were killed
STARTS = 5  # of a worker process, one after the other
ZYGOTES = 5  # started in one run at most
ALONE_WELL = "it had run out of GPU memory beside others, and was graded once more, alone on its card"
ALONE_AGAIN = "it was tried twice, the second time alone on its card, and ran out of GPU memory again"


def begin_fork_server(tests: Path | None) -> None:
    """Start the process that workers are forked from; returns at once, while it imports.

    A terminal sends Ctrl-C to all of its processes, and this one answers it only when it has imported everything.
    So it is born with that signal blocked, which `grader.batch.warm` ignores before anything else.

    Parameters
    ----------
    tests : Path or None
        Where the hidden tests are likely to lie: PyTorch is imported only if a file there speaks of it.  A wrong
        guess costs time, as each worker then imports what its tests want.
    """
    modules = ["grader.batch.warm"]
    try:
        if tests is not None and any(HEAVY.search(path.read_bytes()) for path in tests.glob("*.py")):
            modules.append("grader.batch.warm_checks")
    except OSError:  # whoever collects the tests says what is wrong with them
        pass
    multiprocessing.set_forkserver_preload(modules)
    multiprocessing.resource_tracker.ensure_running()  # by itself: it unblocks what was blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)  # whatever came meanwhile comes now


def _kill_fork_server() -> None:
    """End it before it forks a worker that was asked for a moment ago, and that nobody would know."""
    server = multiprocessing.forkserver._forkserver
    if (pid := server._forkserver_pid) is not None:  # type: ignore[attr-defined]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            server._stop()  # type: ignore[attr-defined]  # the next one starts anew


@dataclass
class Running:
    """A task in a slot."""

    task: GradeTask
    slot: int = 0
    began: float = 0.0
    tries: int = 0
    zygote: str | None = None
    share: Share | None = None
    alone: bool = False  # on its card: it ran out of memory there before
    killed: bool = False  # its worker died

    @property
    def wants_card(self) -> bool:
        """Whether it cannot begin without a share of a card."""
        return self.task.device != "cpu"


class Slots:
    """Worker processes of this machine, one a slot, and the zygote that they share.

    Different slots may be used from different threads.

    Parameters
    ----------
    number : int
        Worker processes at most; each is started with its slot's first task.
    zygote : callable or None
        Starts the warm process that all workers share and returns its address; None without a sandbox.
    deck : Deck, optional
        Cards for tasks that want one.
    """

    def __init__(self, number: int, zygote: Callable[[], str] | None, deck: Deck | None = None) -> None:
        self.deck = deck
        self.start_zygote = zygote
        self.zygote: str | None = None
        self.zygotes = 0
        self.warm = False
        self.closed = False
        self.slots: list[ProcessPoolExecutor | None] = [None] * number
        self.ending: list[threading.Thread] = []  # of pools that were left
        self._starting = threading.Lock()

    def begin(self, job: Running) -> Future[GradedNotebook]:
        """Have a task graded in its slot."""
        self._warm_up(job.task.tests)
        job.began, job.tries, job.zygote = time.monotonic(), job.tries + 1, self.zygote
        task = replace(job.task, share=job.share) if job.share else job.task
        for _ in range(STARTS):
            if self.closed:
                break
            try:
                pool = self._slot(job.slot)
                processes = _processes_of(pool)
                begun = pool.submit(grade_task, task, job.zygote)
            except (BrokenProcessPool, EOFError, OSError):
                # Its process died while it had nothing to do, or the fork server while it started one.
                self.drop(job.slot)
                time.sleep(0.2)
            except RuntimeError:
                if not self.closed:  # else closed just now, from another thread
                    raise
            else:
                if self.closed:  # `close` may have passed before there was a process to kill
                    _kill(processes)
                return begun
        failed: Future[GradedNotebook] = Future()
        failed.set_exception(RuntimeError(f"no worker process could be started in {STARTS} tries"))
        return failed

    def settle(self, job: Running, ended: Future[GradedNotebook]) -> GradedNotebook | Exception | None:
        """What came of a task, or what went wrong on our side; None where it deserves another try."""
        error = ended.exception()
        if error is None:
            return ended.result()
        if isinstance(error, BrokenProcessPool):
            self.drop(job.slot)
            job.killed = True
            if job.tries < TRIES:
                return None
            return NotGradable(job.task.student, f"its worker process died {TRIES} times", POISON)
        if isinstance(error, (ZygoteLost, KernelStartError)) and self._new_zygote(job.zygote):
            job.tries -= 1
            return None
        return error if isinstance(error, Exception) else RuntimeError(repr(error))

    def give_back(self, job: Running) -> None:
        """Give back its share of a card, if it has one."""
        share, job.share = job.share, None
        if share is not None and self.deck is not None:
            self.deck.give(share)

    def once_more(self, job: Running, result: GradedNotebook | Exception) -> bool:
        """Whether a task that has ended is to be tried again with a card of its own; says so in its events."""
        if not isinstance(result, GradedNotebook) or not job.wants_card:
            return False
        if job.alone:
            result.events.append(ALONE_AGAIN if result.card_full else ALONE_WELL)
            return False
        if result.card_full:
            job.alone, job.tries = True, 0
        return result.card_full

    def kill_overdue(self, running: Iterable[Running]) -> None:
        """Kill the workers of tasks that have outlived their time by a wide margin."""
        for job in running:
            # Twice, since what was killed is graded once more from the start (`grader.engine.notebook`).
            if time.monotonic() - job.began > 2 * job.task.limits.submission_seconds + MARGIN:
                self.kill(job.slot)

    def kill(self, number: int) -> None:
        """Kill the process of a slot; its task ends with it."""
        pool = self.slots[number]
        if pool is not None:
            _kill(_processes_of(pool))

    def drop(self, number: int) -> None:
        """Let a slot start anew with its next task."""
        self._leave(number, wait=False)

    def close(self, kill: bool = False) -> None:
        """End all workers; with `kill`, at once and whatever they are doing.  No task begins afterwards."""
        self.closed = True
        if kill and self.warm:
            _kill_fork_server()
        for number in range(len(self.slots)):
            if kill:
                self.kill(number)
            self._leave(number, wait=not kill)
        for thread in self.ending:
            thread.join(SECONDS_TO_END)

    def _leave(self, number: int, wait: bool) -> None:
        """Give up the pool of a slot.

        Its thread closes a pipe into which Python writes at exit, without a lock: a program that ends just then
        prints a traceback.  So threads that nobody waited for are waited for at the end.
        """
        pool, self.slots[number] = self.slots[number], None
        if pool is not None:
            thread: threading.Thread | None = pool._executor_manager_thread  # type: ignore[assignment]
            pool.shutdown(wait=wait, cancel_futures=True)
            if thread is not None and not wait:
                self.ending = [*(t for t in self.ending if t.is_alive()), thread]

    def _slot(self, number: int) -> ProcessPoolExecutor:
        pool = self.slots[number]
        if pool is None:
            context = multiprocessing.get_context("forkserver")
            pool = ProcessPoolExecutor(1, mp_context=context, initializer=prepare)
            self.slots[number] = pool
        return pool

    def _warm_up(self, tests: str | None) -> None:
        with self._starting:
            if self.warm:
                return
            self.warm = True
            begin_fork_server(Path(tests) if tests else None)
            if self.start_zygote is not None:
                self.zygote, self.zygotes = self.start_zygote(), 1

    def _new_zygote(self, gone: str | None) -> bool:
        """Whether there is another zygote than the one that has gone; starts it where needed."""
        if gone is None or self.start_zygote is None:
            return False
        with self._starting:
            if self.zygote == gone:
                if is_listening(gone) or self.zygotes >= ZYGOTES:
                    return False
                try:
                    self.zygote = self.start_zygote()
                except (SandboxError, KernelStartError):
                    return False
                self.zygotes += 1
            return self.zygote != gone


def _processes_of(pool: ProcessPoolExecutor) -> Mapping[int, Any]:
    """A pool's processes, by id: the mapping itself, which the pool fills, and forgets when it is shut down."""
    known: Mapping[int, Any] | None = pool._processes  # None after a shutdown
    return {} if known is None else known


def _kill(processes: Mapping[int, Any]) -> None:
    for process in list(processes.values()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


class LocalExecutor(Slots):
    """Runs a class in the slots of this machine.

    Parameters
    ----------
    jobs : int
        Worker processes at most; there are never more than tasks.
    zygote : callable or None
        As in `Slots`.
    """

    def __init__(self, jobs: int, zygote: Callable[[], str] | None) -> None:
        super().__init__(jobs, zygote)
        self.jobs = jobs

    def use_cards(self, deck: Deck) -> None:
        """Have as many workers as these cards have shares; before the first task."""
        self.deck, self.jobs = deck, deck.capacity
        self.slots = [None] * self.jobs

    def run(self, tasks: Iterable[GradeTask]) -> Iterator[tuple[GradeTask, GradedNotebook | Exception]]:
        """Grade tasks, yielding each as it ends, in no particular order.

        Parameters
        ----------
        tasks : iterable of GradeTask
            Read at most one a slot ahead of those that run.

        Yields
        ------
        (task, result)
            An exception in place of the result where grading failed on our side.
        """
        waiting = iter(tasks)
        ready: deque[Running] = deque()  # taken in while all slots work, so that no slot waits for it
        set_apart: deque[Running] = deque()  # for a card or a machine of their own, when others are done
        running: dict[Future[GradedNotebook], Running] = {}
        free = list(range(self.jobs))
        exhausted = False

        def take_in() -> bool:
            nonlocal exhausted
            task = None if exhausted else next(waiting, None)
            exhausted = task is None
            if task is not None:
                ready.append(Running(task))
            return task is not None

        def may_begin(job: Running) -> bool:
            if running and (job.killed or any(other.killed for other in running.values())):
                return False
            if job.wants_card and self.deck is not None:
                job.share = self.deck.take(job.alone)
                return job.share is not None
            return True  # without a deck the worker says what is missing

        def fill_slots() -> None:
            while free and (line := ready if ready or take_in() else set_apart) and may_begin(line[0]):
                job = line.popleft()
                job.slot = free.pop()
                running[self.begin(job)] = job

        while True:
            fill_slots()
            if not running:
                assert not ready and not set_apart, "a share of a card was not given back"
                return
            ahead = not exhausted and len(ready) < self.jobs
            done, _ = wait(running, timeout=0 if ahead else 1.0, return_when=FIRST_COMPLETED)
            self.kill_overdue(running.values())
            if not done:
                if ahead:
                    take_in()
                continue
            ended: list[tuple[GradeTask, GradedNotebook | Exception]] = []
            for future in done:
                job = running.pop(future)
                free.append(job.slot)
                self.give_back(job)
                result = self.settle(job, future)
                if result is None or self.once_more(job, result):
                    (set_apart if job.alone or job.killed else ready).append(job)
                else:
                    ended.append((job.task, result))
            if ready or set_apart:
                fill_slots()  # before the results are saved: the slots go on meanwhile
            yield from ended
