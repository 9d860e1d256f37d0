"""Many tasks at once.  A task is plain values in, a graded notebook out (`worker.grade_task`).

`warm` is what workers are forked with.  `local` runs tasks in worker processes of this machine: one process
a slot, so that a worker that dies takes only its own task along.

`deck` deals shares of the machine's graphics cards to tasks that want one.

`cluster` sends the same tasks to a dask scheduler.  On other machines a `runner` takes them into slots of its
own (`serve` connects it); what they read travels with them (`bundle`).  `tls` says who may talk to whom,
`slurm` starts runners as jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grader.engine.task import GradeTask
    from grader.result import GradedNotebook


class Executor(Protocol):
    """Grades tasks somewhere; `local.LocalExecutor` and `cluster.ClusterExecutor` are those that there are."""

    def run(self, tasks: Iterable[GradeTask]) -> Iterator[tuple[GradeTask, GradedNotebook | Exception]]:
        """Grade tasks, yielding each as it ends; they are read a few ahead of those that run."""
        ...

    def close(self, kill: bool = False) -> None:
        """End; with `kill`, at once and whatever is under way."""
        ...
