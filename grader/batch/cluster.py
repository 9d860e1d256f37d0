"""Sends a class to a dask scheduler, whose runners grade it.

`ClusterExecutor` does what `grader.batch.local.LocalExecutor` does, elsewhere: tasks go out a few ahead of those
that run, results come back as values.  Nothing is connected before the first task.

A runner that is lost costs nobody anything: dask tells which tasks it had.  Each of them may have been the
cause, most were in bad company.  So they are set apart until all others are graded, and then run one at a time on
a runner of their own.  The one that loses its runner again, alone, is the cause and is not graded.

Runners announce as dask resources how many tasks they take at a time (`slot`), and how many of those on graphics
cards (`gpu`).  A task that waits for what nobody announces ends the run with a sentence (`PATIENCE`).
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.batch.bundle import Course, pack_course
from grader.batch.runner import Parcel, grade_here, unchanged
from grader.batch.serve import versions
from grader.batch.tls import ClusterError
from grader.engine.task import GradeTask
from grader.errors import CourseError, NotGradable
from grader.result import GradedNotebook
from grader.sandbox.cards import GIB, SHARE_BYTES
from grader.sandbox.staging import pack

if TYPE_CHECKING:
    from distributed import Client, Future

AHEAD = 2  # tasks on their way for each slot of the cluster
AT_LEAST = 4
PATIENCE = 60.0  # seconds without any runner
LOOK = 2.0  # seconds between two looks at who is there
FETCH = 120.0  # seconds for one result to come over
SLOT_BYTES = "grader_slot_bytes"  # a runner announces it beside its resources, where it lends cards
POISON = "run it by itself on a machine that you can spare: `grader autograde --students`"


@dataclass
class Sent:
    """A task on its way."""

    task: GradeTask
    deaths: int = 0
    alone_on: str | None = None


@dataclass
class Crew:
    """The runners that are there.

    Parameters
    ----------
    slots : dict of str to int
        Of each runner that takes our tasks, by its address: those on cards where our tasks want some.
    others : int
        Runners that take none of them.
    cards : int
        Tasks on cards that all runners take at a time.
    slot_bytes : int
        Memory of a card that the course wants for a submission.
    """

    slots: dict[str, int] = field(default_factory=dict)
    others: int = 0
    cards: int = 0
    slot_bytes: int = SHARE_BYTES
    looked: float = float("-inf")
    last_seen: float = 0.0
    strangers: set[str] = field(default_factory=set)
    resource: str = "slot"  # what our tasks need; ``gpu`` where they want cards

    def look(self, client: Client, said: Callable[[str], None]) -> None:
        """Ask the scheduler, but not all the time; say so where a runner differs from us."""
        now = time.monotonic()
        if now - self.looked < (LOOK if self.slots else 0.2):
            return
        self.looked = now
        workers = client.scheduler_info(n_workers=-1)["workers"]
        runners = {a: known["resources"] for a, known in workers.items() if known["resources"].get("slot")}
        found = {a: int(has[self.resource]) for a, has in runners.items() if has.get(self.resource)}
        for address in found.keys() - self.slots.keys() - self.strangers:
            if differs := self._differs(workers[address]):
                self.strangers.add(address)
                said(f"the runner {address} differs, and grades may: {differs}")
        self.slots, self.others = found, len(runners) - len(found)
        self.cards = sum(int(has.get("gpu", 0)) for has in runners.values())
        if found:
            self.last_seen = now

    def _differs(self, runner: dict[str, Any]) -> str:
        """In what a runner is other than we are, for a person."""
        theirs, ours = runner.get("grader", {}), versions()
        told = [
            f"{name} {theirs.get(name)} (here {ours[name]})"
            for name in sorted(ours)
            if ours[name] != theirs.get(name)
        ]
        of_a_card = int(runner.get(SLOT_BYTES, self.slot_bytes))
        if self.resource == "gpu" and of_a_card != self.slot_bytes:
            told.append(
                f"{of_a_card / GIB:.1f} GiB of a card for a submission (here {self.slot_bytes / GIB:.1f}: start it "
                f"with --gpu-slot-bytes {self.slot_bytes})"
            )
        return ", ".join(told)

    def want(self, resource: str) -> None:
        """Count by another resource from now on."""
        if resource != self.resource:
            self.resource, self.slots, self.looked = resource, {}, float("-inf")

    @property
    def room(self) -> int:
        """Tasks that may be on their way at once."""
        return max(AT_LEAST, AHEAD * sum(self.slots.values()))


class ClusterExecutor:
    """Grades tasks on the runners of a dask scheduler.

    Parameters
    ----------
    scheduler : callable
        Gives a context manager whose value is a connected client: `grader.batch.connection.connected`, or
        `grader.batch.slurm.jobs`.
    reference : sequence of str
        What hidden tests read, relative to a task's root (``c.Grading.reference``).
    said : callable
        Shows a line to a person.
    advice : callable
        Asked when there has been no runner for long: what to do, or None where it is worth waiting on.
    slot_bytes : int
        Memory of a card for a submission, ``c.Grading.gpu_slot_bytes``.
    patience : float
        Seconds without any runner, after which `advice` is asked.
    """

    def __init__(
        self,
        scheduler: Callable[[], contextlib.AbstractContextManager[Client]],
        reference: Sequence[str],
        said: Callable[[str], None],
        advice: Callable[[], str | None],
        slot_bytes: int = SHARE_BYTES,
        patience: float = PATIENCE,
    ) -> None:
        self._scheduler, self._reference, self._said, self._advice = scheduler, reference, said, advice
        self._stack = contextlib.ExitStack()
        self._client: Client | None = None
        self._patience = patience
        self._crew = Crew(slot_bytes=slot_bytes)
        self._run = secrets.token_hex(4)  # keys of two coordinators on one scheduler must differ
        self._count = 0
        self._sent: dict[Future, Sent] = {}
        self._suspects: list[Sent] = []
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._courses: dict[tuple[str, str], Course] = {}
        self._course_futures: dict[str, Future] = {}

    def run(self, tasks: Iterable[GradeTask]) -> Iterator[tuple[GradeTask, GradedNotebook | Exception]]:
        """Grade tasks, yielding each as it ends, in no particular order.

        Parameters
        ----------
        tasks : iterable of GradeTask
            Read a few ahead of those that run (`AHEAD` for each slot).

        Yields
        ------
        (task, result)
            An exception in place of the result where grading failed on our side.

        Raises
        ------
        ClusterError
            If the scheduler cannot be reached, goes away, or has had no runner for long.
        """
        waiting = iter(tasks)
        exhausted = False
        while True:
            while not exhausted and len(self._sent) < self._crew.room:
                task = next(waiting, None)
                exhausted = task is None
                if task is not None:
                    self._send(Sent(task))
                    if not self._ended.empty():
                        break
            if exhausted and all(sent.alone_on for sent in self._sent.values()):
                self._send_suspects()
            if not self._sent and not self._suspects:
                if exhausted:
                    return
                continue
            with contextlib.suppress(queue.Empty):
                future = self._ended.get(timeout=0.5)
                sent = self._sent.pop(future)
                result = self._result(future, sent)
                if result is not None:
                    yield sent.task, result
            self._look_around()

    def announced(self) -> tuple[int, int]:
        """How many runners there are, and how many tasks on cards they take at a time.

        Waits for the first runner; raises `ClusterError` as `run` does.
        """
        self._connected()
        while True:
            self._look_around()
            if self._crew.slots:
                return len(self._crew.slots), self._crew.cards
            time.sleep(0.2)

    def close(self, kill: bool = False) -> None:
        """Leave the scheduler; what is still running there is forgotten."""
        futures, self._sent = list(self._sent), {}
        with contextlib.suppress(Exception):
            if self._client is not None and futures:
                self._client.cancel(futures, force=True)
        with contextlib.suppress(Exception):
            self._stack.close()
        self._client = None

    # -- out -----------------------------------------------------------------------------------------

    def _connected(self) -> Client:
        if self._client is None:
            self._client = self._stack.enter_context(self._scheduler())
            self._crew.last_seen = time.monotonic()
        return self._client

    def _send(self, sent: Sent, workers: list[str] | None = None) -> None:
        client = self._connected()
        task = sent.task
        self._crew.want("slot" if task.device == "cpu" else "gpu")
        home = pack(Path(task.home), task.limits.disk_bytes) if task.home else None
        parcel = Parcel(pickle.dumps((replace(task, home=None, tests=None, root="."), home)))
        self._count += 1
        future = client.submit(
            grade_here,
            parcel,
            self._course(task),
            key=f"grade-{self._run}-{self._count}",
            pure=False,
            resources={"slot": 1} if task.device == "cpu" else {"slot": 1, "gpu": 1},
            workers=workers,
            allow_other_workers=workers is not None,
        )
        self._sent[future] = sent
        future.add_done_callback(self._ended.put)

    def _course(self, task: GradeTask) -> Future | None:
        """The files of the task's course, packed once; dask brings them to each runner once."""
        if task.tests is None:
            return None
        where = (task.tests, task.root)
        if where not in self._courses:
            self._courses[where] = pack_course(Path(task.tests), Path(task.root), self._reference)
        course = self._courses[where]
        if course.digest not in self._course_futures:
            self._count += 1
            key = f"course-{self._run}-{self._count}"
            self._course_futures[course.digest] = self._connected().submit(
                unchanged, course, key=key, resources={"slot": 0}
            )  # nothing of a slot, but of a runner: other workers of the scheduler do not know us
        return self._course_futures[course.digest]

    def _send_suspects(self) -> None:
        """Run tasks that were set apart, each on a runner that has nothing else of ours."""
        taken = {sent.alone_on for sent in self._sent.values()}
        for address in self._crew.slots:
            if self._suspects and address not in taken:
                sent = self._suspects.pop(0)
                sent.alone_on = address
                self._send(sent, [address])

    # -- back ----------------------------------------------------------------------------------------

    def _result(self, future: Future, sent: Sent) -> GradedNotebook | Exception | None:
        """What came of a task; None where it goes out again."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:  # whatever its status was: with its runner a result is lost, and made again
            parcel = self._fetched(future)
        except KilledWorker as killed:
            return self._killed(killed, future.key, sent)
        except CancelledError:
            raise self._gone() from None
        except Exception as trouble:  # noqa: BLE001  the scheduler has gone, or only this task has failed
            self._require_scheduler()
            return self._believed(trouble, sent)
        result: GradedNotebook | Exception = pickle.loads(parcel.data)  # noqa: S301  from a trusted runner
        return self._believed(result, sent)

    def _fetched(self, future: Future) -> Parcel:
        """A result, from its runner; where that has gone it is made again, if there is a runner that can."""
        patience, limit = 4.0, time.monotonic() + FETCH
        while True:
            try:
                parcel: Parcel = future.result(timeout=patience)
                return parcel
            except TimeoutError:
                if time.monotonic() > limit:
                    raise
                self._look_around()
                patience *= 2  # a large one may be on a slow line

    def _believed(self, result: GradedNotebook | Exception, sent: Sent) -> GradedNotebook | Exception | None:
        """A machine that goes down takes its parts along one by one: what it says then is tried again apart."""
        if isinstance(result, GradedNotebook | CourseError) or sent.alone_on:
            return result
        self._suspects.append(sent)
        return None

    def _killed(self, error: Any, key: Any, sent: Sent) -> Exception | None:
        self._crew.looked = float("-inf")
        if error.task != key:  # the course's files were on their way: no fault of this task
            self._course_futures.clear()
            self._send(sent)
            return None
        sent.deaths += error.allowed_failures + 1
        if sent.alone_on:
            return NotGradable(sent.task.student, f"its runner died {sent.deaths} times", POISON)
        self._suspects.append(sent)
        return None

    def _look_around(self) -> None:
        self._require_scheduler()
        client = self._connected()
        try:
            self._crew.look(client, self._said)
        except Exception:  # noqa: BLE001  whatever it is, there is no scheduler to ask
            raise self._gone() from None
        if not self._crew.slots and time.monotonic() - self._crew.last_seen > self._patience:
            self._crew.last_seen = time.monotonic()
            if (advice := self._advice()) is not None:
                raise ClusterError(
                    f"there has been no runner{self._with_what()} for {self._patience:.0f} s; {advice}, and the same "
                    "command goes on from here"
                )

    def _with_what(self) -> str:
        if self._crew.resource != "gpu":
            return ""
        here = self._crew.others
        none = f" (there {'is' if here == 1 else 'are'} {here} without, on which --device cpu grades)"
        return f" with a graphics card{none if here else ''}"

    def _require_scheduler(self) -> None:
        if self._client is not None and self._client.status != "running":
            raise self._gone()

    def _gone(self) -> ClusterError:
        return ClusterError(
            "the scheduler has gone; what is graded stays graded, the same command goes on from here"
        )
