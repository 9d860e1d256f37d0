"""Where the time of `grader autograde` goes, a submission, by stage.

    python -m benchmarks.where_time_goes [--assignment mini_gpt] [--students 8] [--jobs 1]

The student's own cells are told apart from what grading costs beyond them: taking in and restoring the
notebook, starting the kernel, hidden tests, saving.  Wall seconds by stage come from the clocks of
coordinator and workers.  With one job the stages do not overlap.  Then the class is graded once more, coordinator
and worker in this one process, and the operating system's CPU seconds are told apart: the kernels' during cells, the
kernels' otherwise, this process's, the zygote's.
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

import pytest

from benchmarks.throughput import ASSIGNMENTS, course

STAGES = {
    "_prepare": "take in and restore the notebook",
    "_save": "save scores, write the notebook",
    "_put_in_place": "put the folder in place",
}


def main() -> None:
    """Grade a class in this process and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--assignment", choices=ASSIGNMENTS, default="mini_gpt")
    options.add_argument("--students", type=int, default=8)
    options.add_argument("--jobs", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        place = course(Path(folder) / "grader", chosen.students, False, False, chosen.assignment)
        measure(place, chosen.assignment, chosen.jobs)
        measure_cpu(place, chosen.assignment)


def measure(place: Path, assignment: str, jobs: int) -> None:
    """Grade the class of a course and print what each stage took."""
    from grader.batch.local import LocalExecutor
    from grader.cli.course import open_course
    from grader.glue.classwide import ClassAutograde
    from grader.sandbox.zygote import Zygote

    app = open_course(place)
    app.coursedir.assignment_id = assignment
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


def measure_cpu(place: Path, assignment: str) -> None:
    """Grade the class again in this process and print whose CPU seconds a submission took."""
    import grader.batch.warm
    import grader.batch.warm_checks  # noqa: F401
    from grader.batch.worker import grade_task
    from grader.cli.course import open_course
    from grader.engine.runner import GradingKernel
    from grader.glue.classwide import ClassAutograde
    from grader.sandbox.zygote import Zygote

    spent: dict[str, float] = defaultdict(float)
    run, stop = GradingKernel.run, GradingKernel.stop

    async def clocked_run(kernel: Any, index: int) -> Any:
        before = cpu_of(kernel.km.provisioner.pid)
        end = await run(kernel, index)
        spent["the student's own cells"] += cpu_of(kernel.km.provisioner.pid) - before
        return end

    async def clocked_stop(kernel: Any) -> None:
        spent["kernels in all"] += cpu_of(kernel.km.provisioner.pid)
        await stop(kernel)

    class Here:
        def run(self, tasks: Any) -> Any:
            return ((task, grade_task(task)) for task in tasks)

    app = open_course(place)
    app.coursedir.assignment_id = assignment
    converter = ClassAutograde(coursedir=app.coursedir, parent=app)
    converter.force = True
    with contextlib.chdir(place), Zygote.start() as zygote, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_ZYGOTE", zygote.address)
        list(
            converter.grade_class(Here(), {"student000"}, lambda n: None)
        )  # tests are collected, caches filled
        patch.setattr(GradingKernel, "run", clocked_run)
        patch.setattr(GradingKernel, "stop", clocked_stop)
        before, zygote_before = own_cpu(), cpu_of(zygote.pid)
        n = len(list(converter.grade_class(Here(), None, lambda n: None)))
        own, zygotes = own_cpu() - before, cpu_of(zygote.pid) - zygote_before
    cells, kernels = spent["the student's own cells"], spent["kernels in all"]
    print("CPU seconds a submission:")
    print(f"  the student's own cells                    {cells / n:.3f}")
    print(f"  their kernels otherwise (start, tests)     {(kernels - cells) / n:.3f}")
    print(f"  coordinator and worker                     {own / n:.3f}")
    print(f"  zygote                                     {zygotes / n:.3f}")
    print(f"  beyond the student's own cells             {(kernels - cells + own + zygotes) / n:.3f}")


def cpu_of(pid: int | None) -> float:
    """CPU seconds of a process so far; 0 where it has gone."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


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
