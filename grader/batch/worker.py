"""What a worker process does: grade one task.  The hidden tests are collected once a process."""

from __future__ import annotations

import os
import signal
from functools import cache
from pathlib import Path

from grader.engine.notebook import grade
from grader.engine.task import GradeTask
from grader.pytest_plugin.suite import Suite
from grader.result import GradedNotebook


def prepare(zygote: str | None) -> None:
    """Set a worker process up, once.

    Parameters
    ----------
    zygote : str or None
        Address of the machine's warm process; None starts kernels without a box.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to answer
    if zygote is not None:
        os.environ["GRADER_ZYGOTE"] = zygote
    import torch

    torch.set_num_threads(1)


@cache
def suite(tests: str, root: str) -> Suite:
    """The hidden tests of a folder, collected once in this process."""
    return Suite.collect(Path(tests), Path(root))


def grade_task(task: GradeTask) -> GradedNotebook:
    """Grade one notebook in this process."""
    return grade(task, suite(task.tests, task.root) if task.tests else None)
