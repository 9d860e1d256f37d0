"""Where the time of `grader autograde` goes, a submission, by stage.

    python -m benchmarks.where_time_goes [--students 8] [--jobs 1]

The student's own cells are told apart from what grading costs beyond them: taking in and restoring the
notebook, starting the kernel, hidden tests, saving.  Wall seconds by stage come from the clocks of
coordinator and workers, CPU seconds from the operating system.  With one job the stages do not overlap.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.throughput import course

STAGES = {
    "_prepare": "take in and restore the notebook",
    "_save": "save scores, write the notebook",
    "_put_in_place": "put the folder in place",
}


def main() -> None:
    """Grade a class in this process and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=8)
    options.add_argument("--jobs", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        place = course(Path(folder) / "grader", chosen.students, stock=False, short=False)
        measure(place, chosen.jobs)


def measure(place: Path, jobs: int) -> None:
    """Grade the class of a course and print what each stage took."""
    from grader.batch.local import LocalExecutor
    from grader.cli.course import open_course
    from grader.glue.classwide import ClassAutograde
    from grader.sandbox.zygote import Zygote

    app = open_course(place)
    app.coursedir.assignment_id = "mini_gpt"
    spent: dict[str, list[float]] = defaultdict(list)
    for method in STAGES:
        setattr(ClassAutograde, method, clocked(getattr(ClassAutograde, method), spent[method]))
    converter = ClassAutograde(coursedir=app.coursedir, parent=app)
    with contextlib.chdir(place), Zygote.start() as zygote:
        executor = LocalExecutor(jobs, lambda: zygote.address)
        cpu, began = own_cpu(), time.monotonic()
        ended = list(converter.grade_class(executor, None, lambda n: None))
        seconds, coordinator = time.monotonic() - began, own_cpu() - cpu
        executor.close()
    timings: dict[str, list[float]] = defaultdict(list)
    for e in ended:
        for graded in e.graded.values():
            for stage, value in graded.timings.items():
                timings[stage].append(value)
    n = len(ended)
    print(
        f"{n} submissions, {jobs} job(s), {os.cpu_count()} cores: {seconds:.1f} s, {seconds / n:.2f} s a submission"
    )
    print("median seconds a submission:")
    for method, text in STAGES.items():
        print(f"  {text:42} {statistics.median(spent[method]):.3f}")
    names = {
        "start": "start the kernel",
        "cells": "the student's own cells",
        "tests": "hidden tests (kernel and worker)",
    }
    for stage, text in names.items():
        print(f"  {text:42} {statistics.median(timings[stage]):.3f}")
    print(f"CPU seconds a submission: coordinator {coordinator / n:.3f}")


def clocked(function: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
    """The function, with the wall time of each call noted."""

    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        try:
            return function(*args, **kwargs)
        finally:
            into.append(time.monotonic() - began)

    return timed


def own_cpu() -> float:
    """CPU seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
