"""A task function for the executor's tests that needs no card: it says what one would have seen."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from grader.engine.task import GradeTask
from grader.result import GradedNotebook


def grade(task: GradeTask, zygote: str | None = None) -> GradedNotebook:
    """Be on a card for a while; run out of its memory where the notebook needs more than the share.

    ``task.nb`` says how much it ``needs``, how many ``seconds`` it takes and whether it ``dies`` (once); in
    ``task.home`` each one writes down when it was on which card.
    """
    share = task.share
    assert share is not None
    began = time.monotonic()
    mark = Path(task.home or "") / f"died-{task.student}"
    if task.nb.get("dies") == ("alone" if share.alone else "beside others") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(task.nb.get("seconds", 0.05))
    line = f"{began} {time.monotonic()} {share.uuid} {share.alone} {task.student}\n"
    with open(Path(task.home or "") / "log", "a") as file:
        file.write(line)
    return GradedNotebook(nb={}, card_full=task.nb.get("needs", 0) > share.share_bytes)


def look_around(task: GradeTask, zygote: str | None = None) -> GradedNotebook:
    """What this worker process sees of cards."""
    import torch

    seen = {"visible": os.environ.get("CUDA_VISIBLE_DEVICES"), "used": torch.cuda.is_initialized()}
    return GradedNotebook(nb={**seen, "available": torch.cuda.is_available()})
