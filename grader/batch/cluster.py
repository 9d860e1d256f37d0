"""Sends a class to a dask scheduler, whose runners grade it.

`ClusterExecutor` does what `grader.batch.local.LocalExecutor` does, elsewhere: tasks go out a few ahead of those
that run, results come back as values.  Nothing is connected before the first task.

A runner that is lost costs nobody anything: dask tells which tasks it had.  Each of them may have been the
cause, most were in bad company.  So they are set apart until all others are graded, and then run one at a time on
a runner of their own.  The one that loses its runner again, alone, is the cause and is not graded.

A runner that cannot grade says why.  That may be its own fault (no box, a full disk) or the task's: such a task is
set apart, too, and goes to a runner where it has not failed yet.  What fails everywhere, or alone on two runners,
or twice on the only one, is not graded.

Runners announce as dask resources how many tasks they take at a time (`slot`), and how many of those on graphics
cards (`gpu`).  One more resource says that they have our versions of everything (`grader.batch.serve.alike`): a
grade made with others would be kept as if it had been made with ours.  A task that waits for what nobody announces
ends the run with a sentence (`PATIENCE`).
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.batch.bundle import Course, pack_course
from grader.batch.crew import Crew, Sent
from grader.batch.local import POISON
from grader.batch.runner import Parcel, grade_here, unchanged
from grader.batch.serve import alike
from grader.batch.tls import ClusterError
from grader.engine.task import GradeTask
from grader.errors import CourseError, NotGradable
from grader.result import GradedNotebook
from grader.sandbox.cards import SHARE_BYTES
from grader.sandbox.staging import pack

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 60.0  # seconds without any runner
FETCH = 120.0  # seconds for one result to come over
COURSE_DEATHS = 3  # runners that may end while they get the course's files


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
    other_versions : bool
        Whether runners with other versions than ours grade, too.
    """

    def __init__(
        self,
        scheduler: Callable[[], contextlib.AbstractContextManager[Client]],
        reference: Sequence[str],
        said: Callable[[str], None],
        advice: Callable[[], str | None],
        slot_bytes: int = SHARE_BYTES,
        patience: float = PATIENCE,
        other_versions: bool = False,
    ) -> None:
        self._scheduler, self._reference, self._said, self._advice = scheduler, reference, said, advice
        self._stack = contextlib.ExitStack()
        self._client: Client | None = None
        self._patience = patience
        self._crew = Crew(slot_bytes=slot_bytes, alike="" if other_versions else alike())
        self._run = secrets.token_hex(4)  # keys of two coordinators on one scheduler must differ
        self._count = 0
        self._sent: dict[Future, Sent] = {}
        self._suspects: list[Sent] = []
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._courses: dict[tuple[str, str], Course] = {}
        self._course_futures: dict[str, Future] = {}
        self._course_deaths = 0

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
                sent = self._sent.pop(future, None)
                result = self._result(future, sent) if sent is not None else None
                if sent is not None and result is not None:
                    yield sent.task, result
            self._look_around()
            self._take_back_lost()

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

    def _send(self, sent: Sent) -> None:
        client = self._connected()
        task = sent.task
        self._crew.want("slot" if task.device == "cpu" else "gpu")
        sent.only = [sent.alone_on] if sent.alone_on else self._crew.asked_first()
        sent.lost_since = None
        home = pack(Path(task.home), task.limits.disk_bytes) if task.home else None
        parcel = Parcel(pickle.dumps((replace(task, home=None, tests=None, root="."), home)))
        self._count += 1
        future = client.submit(
            grade_here,
            parcel,
            self._course(task),
            key=f"grade-{self._run}-{self._count}",
            pure=False,
            resources=self._wants(task),
            workers=sent.only,
            allow_other_workers=False,  # what dask would do where they go; see `_take_back_lost`
        )
        self._sent[future] = sent
        future.add_done_callback(self._ended.put)

    def _wants(self, task: GradeTask) -> dict[str, int]:
        """What a runner must have announced, of dask's resources."""
        names = ["slot", *(["gpu"] if task.device != "cpu" else []), *filter(None, [self._crew.alike])]
        return dict.fromkeys(names, 1)

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
        """Run tasks that were set apart, each on a runner that has nothing else of ours and has not failed it."""
        taken = {sent.alone_on for sent in self._sent.values()}
        failures = self._crew.failures
        free = sorted(self._crew.slots.keys() - taken, key=lambda address: failures.get(address, 0))
        for sent in list(self._suspects):
            fresh = self._crew.slots.keys() - sent.failed_on
            address = next((a for a in free if a in fresh or not fresh), None)
            if address is not None:
                free.remove(address)
                self._suspects.remove(sent)
                sent.alone_on = address
                self._send(sent)

    def _set_apart(self, sent: Sent) -> None:
        sent.alone_on = None
        self._suspects.append(sent)

    def _take_back_lost(self) -> None:
        """Set apart what waits for runners that have gone: dask would keep it until they are back."""
        lost = [f for f, sent in self._sent.items() if self._crew.is_lost(sent) and not f.done()]
        for future in lost:
            self._set_apart(self._sent.pop(future))
        if lost:
            self._connected().cancel(lost, force=True)

    # -- back ----------------------------------------------------------------------------------------

    def _result(self, future: Future, sent: Sent) -> GradedNotebook | Exception | None:
        """What came of a task; None where it goes out again."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:  # whatever its status was: with its runner a result is lost, and made again
            parcel = self._fetched(future, sent)
        except KilledWorker as killed:
            return self._killed(killed, future.key, sent)
        except CancelledError:
            raise self._gone() from None
        except Exception as trouble:  # noqa: BLE001  the scheduler has gone, or only this task has failed
            self._require_scheduler()
            return self._believed(trouble, sent)
        if parcel is None:
            self._set_apart(sent)
            return None
        result: GradedNotebook | Exception
        try:
            result = pickle.loads(parcel.data)  # noqa: S301  from a trusted runner
        except Exception as error:  # noqa: BLE001  whatever it finds there
            why = f"{type(error).__name__}: {error}"
            result = RuntimeError(f"its runner's answer cannot be read ({why}); do the versions agree?")
        return self._believed(result, sent, parcel.runner)

    def _fetched(self, future: Future, sent: Sent) -> Parcel | None:
        """A result, from its runner; where that has gone it is made again, if there is a runner that can.

        None where there is none.
        """
        patience, limit = 4.0, time.monotonic() + FETCH
        while True:
            try:
                parcel: Parcel = future.result(timeout=patience)
                return parcel
            except TimeoutError:
                if time.monotonic() > limit:
                    raise
                self._look_around()
                if self._crew.is_lost(sent):
                    return None
                patience *= 2  # a large one may be on a slow line

    def _believed(
        self, result: GradedNotebook | Exception, sent: Sent, runner: str = ""
    ) -> GradedNotebook | Exception | None:
        """A runner that is sick, or goes down part by part, fails what others grade: it is tried again apart."""
        runner = runner or sent.alone_on or ""
        if isinstance(result, GradedNotebook | CourseError):
            self._crew.fared(runner, None, self._said)
            return result
        self._crew.fared(runner, result, self._said)
        if runner:
            sent.failed_on.add(runner)
        if sent.alone_on:
            sent.failed_alone += 1
            there = self._crew.slots.keys()
            if sent.failed_alone == 2 or (there and there <= sent.failed_on):
                return result
        self._set_apart(sent)
        return None

    def _killed(self, error: Any, key: Any, sent: Sent) -> Exception | None:
        self._crew.looked = float("-inf")
        if error.task != key:  # the course's files were on their way: no fault of this task
            self._forget_course(error)
            if sent.alone_on:
                self._set_apart(sent)
            else:
                self._send(sent)
            return None
        again = sent.deaths > 0
        sent.deaths += error.allowed_failures + 1
        if sent.alone_on and again:
            return NotGradable(sent.task.student, f"its runner died {sent.deaths} times", POISON)
        self._set_apart(sent)
        return None

    def _forget_course(self, error: Any) -> None:
        """Have files sent anew that were lost with a runner; each task that waited for them tells us so."""
        lost = [digest for digest, future in self._course_futures.items() if future.key == error.task]
        for digest in lost:
            del self._course_futures[digest]
            self._course_deaths += error.allowed_failures + 1
        if self._course_deaths >= COURSE_DEATHS:
            raise ClusterError(f"the course's files ended {self._course_deaths} runners; see their memory")

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
        if self._crew.unlike:
            return " with our versions of everything"
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
