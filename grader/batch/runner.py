"""A runner: a machine's slots, lent to a dask scheduler.

One process holds dask's worker (its event loop and its connections) and, in threads, waits for the grading
processes of `grader.batch.local.Slots`: a process a slot, one zygote, hidden tests collected once a process.
What comes from the coordinator is unpacked below one private folder, locked and removed at the end; the
folder of a runner that was killed is removed by the next one (`grader.sandbox.run_folder`).

A runner one of whose cards has gone ends: it would fail task after task, faster than others grade them.

A runner is trusted: it gets the hidden tests.  It announces its slots as dask resources, so that tasks of
others on the same scheduler never wait for them.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.batch.bundle import Course, unpack
from grader.batch.deck import Deck
from grader.batch.local import Running, Slots
from grader.engine.task import GradeTask
from grader.errors import CourseError, SandboxError
from grader.result import GradedNotebook
from grader.sandbox.cards import Share
from grader.sandbox.run_folder import make_run_folder, remove

KEPT = 4  # courses that stay unpacked


@dataclass(frozen=True)
class Parcel:
    """Bytes that dask carries without looking into them; an answer names the runner that gives it."""

    data: bytes
    runner: str = ""


class Runner:
    """The slots of this machine and the files of the courses that they grade.

    Parameters
    ----------
    slots : int
    zygote : callable or None
        As in `grader.batch.local.Slots`; None where student code runs without a box.
    deck : Deck, optional
        Cards of this machine.
    """

    def __init__(self, slots: int, zygote: Callable[[], str] | None, deck: Deck | None = None) -> None:
        self.folder, self._held = make_run_folder(root=False)
        self.boxed = zygote is not None
        self.slots = Slots(slots, zygote, deck)
        self.closing = False
        self.leave: Callable[[str], None] = lambda reason: None  # ends us, from any thread; set by who serves
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in range(slots):
            self._free.put(number)
        # of each slot's process: it has imported that course's reference
        self._course_of: dict[int, str] = {}
        self._courses: dict[str, Path] = {}
        self._unpacking = threading.Lock()

    def grade(
        self, task: GradeTask, home: bytes | None, course: Course | None, wanted: Callable[[], bool]
    ) -> GradedNotebook | Exception | None:
        """Grade one task in a free slot; waits for its end.

        Parameters
        ----------
        task : GradeTask
            Its paths are filled in here.
        home : bytes or None
            Archive of the files that go into the box.
        course : Course or None
            Hidden tests and reference.
        wanted : callable
            Whether somebody still waits for the result.

        Returns
        -------
        GradedNotebook, Exception or None
            None where it was not ended because this runner ends, or nobody wants it.
        """
        if (task.sandbox != "none") != self.boxed:
            how = "in boxes only" if self.boxed else "without boxes"
            return SandboxError(f"its runner grades {how}; see `grader runner --sandbox`")
        slot = self._free.get()
        try:
            with self._unpacked(slot, task, home, course) as here:
                result = self._grade(Running(here, slot), wanted)
        except OSError:
            if not self.closing:  # else its folder went while it was being unpacked
                raise
            return None
        finally:
            self._free.put(slot)
        if isinstance(result, CourseError) and course is not None:
            return CourseError(f"{result} (on a runner there is only what c.Grading.reference names)")
        return result

    @property
    def cards(self) -> int:
        """Tasks that want a card, graded at a time."""
        return self.slots.deck.capacity if self.slots.deck is not None else 0

    def _grade(self, job: Running, wanted: Callable[[], bool]) -> GradedNotebook | Exception | None:
        try:
            result = self._try(job, wanted)
            if result is not None and self.slots.once_more(job, result):
                self.slots.give_back(job)
                result = self._try(job, wanted)
                if result is not None:
                    self.slots.once_more(job, result)
        finally:
            self.slots.give_back(job)
        return result

    def _try(self, job: Running, wanted: Callable[[], bool]) -> GradedNotebook | Exception | None:
        result: GradedNotebook | Exception | None = None
        if job.wants_card:
            if self.slots.deck is None:
                return SandboxError("its runner has no graphics card; see `grader runner --device`")
            job.share = self.slots.deck.wait(job.alone, lambda: not self.closing and wanted())
            if job.share is None:
                return None
        while result is None and not self.closing:
            ended = self.slots.begin(job)
            while not wait([ended], timeout=1.0).done:
                self.slots.kill_overdue([job])
                if not wanted():
                    self.slots.kill(job.slot)
                    self.slots.drop(job.slot)
                    return None
            if not self.closing:
                result = self.slots.settle(job, ended)
        if isinstance(result, Exception) and (gone := _gone(job.share)):
            self.closing = True  # what comes until we have left goes back, too
            self.leave(f"{gone} has gone, and with it a graphics card")
            return None
        if isinstance(result, GradedNotebook):
            # a runner lives long: only failures in a row count
            self.slots.zygotes = min(self.slots.zygotes, 1)
        return result

    @contextlib.contextmanager
    def _unpacked(
        self, slot: int, task: GradeTask, home: bytes | None, course: Course | None
    ) -> Iterator[GradeTask]:
        """The task with its files below our folder; those of its home are gone afterwards."""
        place = Path(tempfile.mkdtemp(prefix="task-", dir=self.folder))
        try:
            if home is not None:
                unpack(home, place / "home") if home else (place / "home").mkdir(mode=0o700)
                task = replace(task, home=str(place / "home"))
            if course is not None:
                root = self._course(slot, course)
                task = replace(task, root=str(root), tests=str(root / course.tests))
            yield task
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _course(self, slot: int, course: Course) -> Path:
        """Folder of a course's files; a slot that graded with other ones starts anew."""
        with self._unpacking:
            if self._course_of.get(slot, course.digest) != course.digest:
                self.slots.drop(slot)
            self._course_of[slot] = course.digest
            if course.digest not in self._courses:
                for old in list(self._courses)[: -KEPT + 1]:
                    if old not in self._course_of.values():
                        shutil.rmtree(self._courses.pop(old), ignore_errors=True)
                folder = self.folder / f"course-{course.digest[:16]}"
                shutil.rmtree(folder, ignore_errors=True)  # half of it, where the disk was full
                unpack(course.archive, folder)
                self._courses[course.digest] = folder
            return self._courses[course.digest]

    def stop(self) -> None:
        """End all grading processes at once; tasks under way end without a result."""
        self.closing = True
        self.slots.close(kill=True)

    def close(self) -> None:
        """Remove the folder."""
        self.stop()
        remove(self.folder)
        os.close(self._held)


def _gone(share: Share | None) -> str | None:
    """A device node of a share that is no longer there."""
    nodes = share.nodes if share is not None else ()
    return next((node for node in nodes if not os.path.exists(node)), None)


here: Runner | None = None  # this process's, set by `grader.batch.serve`


def unchanged(course: Course) -> Course:
    """A course as a task: dask hands its result to each runner once, and makes it again where it is lost."""
    return course


def grade_here(parcel: Parcel, course: Course | None) -> Parcel:
    """What dask runs in a runner's thread: grade one task in one of its slots.

    Parameters
    ----------
    parcel : Parcel
        Pickled ``(task, home)``, see `Runner.grade`.
    course : Course or None

    Returns
    -------
    Parcel
        Pickled `GradedNotebook`, or the exception in its place.
    """
    from distributed import Reschedule, get_worker

    if here is None:
        raise RuntimeError("this dask worker is no runner; start it with `grader runner`")
    worker = get_worker()
    key = worker.get_current_task()
    result: GradedNotebook | Exception | None
    try:
        task, home = pickle.loads(parcel.data)  # noqa: S301  from the coordinator, who may run code here anyway
        result = here.grade(task, home, course, lambda: _wanted(worker, key))
    except Exception as error:  # noqa: BLE001  an answer, too: raised, it would not say whose it is
        result = error
    if result is None:
        raise Reschedule
    return Parcel(pickle.dumps(portable(result)), worker.address)


def portable(result: GradedNotebook | Exception) -> GradedNotebook | Exception:
    """The result, or an exception that can be unpickled elsewhere: not each class lets itself be made anew."""
    if isinstance(result, Exception):
        try:
            pickle.loads(pickle.dumps(result))  # noqa: S301  our own
        except Exception:  # noqa: BLE001
            return RuntimeError(f"{type(result).__name__}: {result}")
    return result


def _wanted(worker: Any, key: Any) -> bool:
    """Whether the coordinator still waits: dask cannot interrupt a thread, it only forgets its task."""
    task = worker.state.tasks.get(key)
    return task is not None and task.state != "cancelled"
