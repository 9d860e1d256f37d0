"""Runs tasks in worker processes of this machine.

Each slot is a pool of one process (`concurrent.futures`), so a worker that is killed breaks its own
slot only: the slot gets a new process and the task one more try, alone in time if not in place.  A
task that outlives its time limit by a wide margin has its worker killed.  A zygote that is killed is
started anew, and the tasks whose boxes went with it begin again.

Nothing is started before the first task.  Workers are forked from multiprocessing's fork server, which
imports PyTorch once for all of them, while the zygote warms up on another core.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from grader.batch.worker import grade_task, prepare
from grader.engine.task import GradeTask
from grader.errors import SandboxError, ZygoteLost
from grader.result import GradedNotebook
from grader.sandbox.running import KernelStartError, is_listening

MARGIN = 120.0  # seconds beyond a submission's own limit: tests and start of the worker
TRIES = 2
ZYGOTES = 5  # started in one run at most


@dataclass
class Running:
    """A task in a slot."""

    task: GradeTask
    slot: int
    began: float
    tries: int
    zygote: str | None = None


class LocalExecutor:
    """A fixed number of worker processes.

    Parameters
    ----------
    jobs : int
        Worker processes at most; there are never more than tasks.
    zygote : callable or None
        Starts the warm process that all workers share and returns its address; None without a sandbox.
    """

    def __init__(self, jobs: int, zygote: Callable[[], str] | None) -> None:
        self.jobs = jobs
        self.start_zygote = zygote
        self.zygote: str | None = None
        self.zygotes = 0
        self.warm = False
        self.slots: list[ProcessPoolExecutor | None] = [None] * jobs

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
        running: dict[Future[GradedNotebook], Running] = {}
        free = list(range(self.jobs))
        exhausted = False

        def take_in() -> bool:
            nonlocal exhausted
            task = None if exhausted else next(waiting, None)
            exhausted = task is None
            if task is not None:
                ready.append(Running(task, 0, 0.0, 0))
            return task is not None

        def fill_slots() -> None:
            while free and (ready or take_in()):
                job = ready.popleft()
                job.slot, job.began, job.tries = free.pop(), time.monotonic(), job.tries + 1
                pool = self._slot(job.slot)
                job.zygote = self.zygote
                running[pool.submit(grade_task, job.task, job.zygote)] = job

        while True:
            fill_slots()
            if not running:
                return
            ahead = not exhausted and len(ready) < self.jobs
            done, _ = wait(running, timeout=0 if ahead else 1.0, return_when=FIRST_COMPLETED)
            self._kill_overdue(running.values())
            if not done:
                if ahead:
                    take_in()
                continue
            ended: list[tuple[GradeTask, GradedNotebook | Exception]] = []
            for future in done:
                job = running.pop(future)
                free.append(job.slot)
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    self._drop(job.slot)
                    if job.tries < TRIES:
                        ready.append(job)
                        continue
                    error = RuntimeError(f"its worker process died {TRIES} times")
                if isinstance(error, (ZygoteLost, KernelStartError)) and self._new_zygote(job.zygote):
                    job.tries -= 1
                    ready.append(job)
                    continue
                if error is not None:
                    ended.append(
                        (job.task, error if isinstance(error, Exception) else RuntimeError(repr(error)))
                    )
                else:
                    ended.append((job.task, future.result()))
            if ready:
                fill_slots()  # before the results are saved: the slots go on meanwhile
            yield from ended

    def _slot(self, number: int) -> ProcessPoolExecutor:
        self._warm_up()
        pool = self.slots[number]
        if pool is None:
            context = multiprocessing.get_context("forkserver")
            pool = ProcessPoolExecutor(1, mp_context=context, initializer=prepare)
            self.slots[number] = pool
        return pool

    def _warm_up(self) -> None:
        if self.warm:
            return
        self.warm = True
        multiprocessing.set_forkserver_preload(["grader.batch.warm"])
        multiprocessing.forkserver.ensure_running()  # returns at once; it imports while the zygote does
        if self.start_zygote is not None:
            self.zygote, self.zygotes = self.start_zygote(), 1

    def _new_zygote(self, gone: str | None) -> bool:
        """Whether there is another zygote than the one that has gone; starts it where needed."""
        if gone is None or self.start_zygote is None:
            return False
        if self.zygote == gone:
            if is_listening(gone) or self.zygotes >= ZYGOTES:
                return False
            try:
                self.zygote = self.start_zygote()
            except (SandboxError, KernelStartError):
                return False
            self.zygotes += 1
        return self.zygote != gone

    def _drop(self, number: int) -> None:
        pool, self.slots[number] = self.slots[number], None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _kill_overdue(self, running: Iterable[Running]) -> None:
        for job in running:
            if time.monotonic() - job.began > job.task.limits.submission_seconds + MARGIN:
                self._kill(job.slot)

    def _kill(self, number: int) -> None:
        pool = self.slots[number]
        processes = list((getattr(pool, "_processes", None) or {}).values()) if pool else []
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)

    def close(self, kill: bool = False) -> None:
        """End all workers; with `kill`, at once and whatever they are doing."""
        for number in range(self.jobs):
            if kill:
                self._kill(number)
            pool, self.slots[number] = self.slots[number], None
            if pool is not None:
                pool.shutdown(wait=not kill, cancel_futures=True)
