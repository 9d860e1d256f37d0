"""What a worker process does: grade one task.  The hidden tests are collected once a process.

Imports of weight stand inside the functions: the coordinator, too, imports this file to name its functions.
"""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from grader.engine.task import GradeTask
from grader.errors import CourseError, GraderError
from grader.result import GradedNotebook
from grader.sandbox.cards import VISIBLE
from grader.startup import without_url_grammar

if TYPE_CHECKING:
    from grader.pytest_plugin.suite import Suite


def prepare() -> None:
    """Set a worker process up, once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to answer
    threading.Thread(target=_end_with_coordinator, daemon=True).start()
    # The trusted side computes on the CPU.  Cards are the kernels' alone: what one of them breaks there is
    # nothing of ours, and a context of ours would take memory of theirs.
    os.environ[VISIBLE] = ""
    _compute_in_one_thread()


def _compute_in_one_thread() -> None:
    """Have PyTorch, once it is imported, leave the other cores to the other workers.

    Not by ``OMP_NUM_THREADS``: that one kernels inherit, and it is the instructor's to set.
    """
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def _end_with_coordinator() -> None:
    """A coordinator that was killed sends nothing more, not even an end of file: it is watched for."""
    coordinator = multiprocessing.parent_process()
    if coordinator is not None:
        multiprocessing.connection.wait([coordinator.sentinel])
        os._exit(1)


@cache
def suite(tests: str, root: str) -> Suite:
    """The hidden tests of a folder, collected once in this process."""
    from grader.pytest_plugin.suite import Suite

    try:
        collected = Suite.collect(Path(tests), Path(root))
        _compute_in_one_thread()
        gc.freeze()  # tests and reference stay as long as this process
        return collected
    except GraderError:
        raise
    except Exception as error:  # noqa: BLE001  a conftest.py that cannot be imported; pytest's error cannot travel
        raise CourseError(f"hidden tests in {tests} cannot be loaded: {error}") from None


def grade_task(task: GradeTask, zygote: str | None = None) -> GradedNotebook:
    """Grade one notebook in this process.

    Parameters
    ----------
    task : GradeTask
    zygote : str, optional
        Address of the machine's warm process; else the one that the environment names, or one of our own.
    """
    if zygote is not None:
        os.environ["GRADER_ZYGOTE"] = zygote
    without_url_grammar()
    _compute_in_one_thread()  # a tensor may have come since, in a course that has nothing else of PyTorch
    from grader.engine.notebook import grade

    return grade(task, suite(task.tests, task.root) if task.tests else None)
