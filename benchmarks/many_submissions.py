"""Ten thousand small submissions in one course: does a submission cost the same at the end as at the beginning?

    python -m benchmarks.many_submissions [--students 10000] [--jobs 2]

The assignment is small (one exercise with hidden tests, two of plain nbgrader, one essay), so that what grows with the
number of submissions shows: queries of the gradebook, lists in the coordinator.  The class is graded by the real
engine in one run, boxes and gradebook included; at each mark the time a submission since the mark before, the
coordinator's CPU time a submission and its resident memory are printed.  The first mark is the first submission, after start-up.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.soak import resident_bytes
from benchmarks.throughput import ROOT
from benchmarks.where_time_goes import own_cpu

FIRST = 100  # marks: 100, then every tenth part


@dataclass(frozen=True)
class Mark:
    """State of the run after some submissions."""

    submissions: int
    seconds: float
    cpu: float
    memory: int
    gradebook: int


def main() -> None:
    """Grade the class and print the marks."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=10_000)
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="many-") as folder:
        marks = grade(Path(folder) / "course", chosen.students, chosen.jobs)
    rates = [
        (
            (b.seconds - a.seconds) / (b.submissions - a.submissions),
            (b.cpu - a.cpu) / (b.submissions - a.submissions),
        )
        for a, b in itertools.pairwise(marks)
    ]
    print(f"seconds a submission, last part against first: {rates[-1][0] / rates[0][0]:.2f} times")
    print(f"coordinator CPU a submission, the same: {rates[-1][1] / rates[0][1]:.2f} times")
    print(f"coordinator memory, {marks[-1].submissions} against {marks[1].submissions} submissions: "
          f"{marks[-1].memory / marks[1].memory:.2f} times")  # fmt: skip


def hand_in(place: Path, students: int) -> None:
    """The class: three of four right, one wrong."""
    sys.path.insert(0, str(ROOT / "tests"))
    from course.tiny_course import ASSIGNMENT, NOTEBOOK, TinyCourse

    place.mkdir()
    made = TinyCourse(place, "").create()
    kinds = [json.dumps(made.notebook(square=s)) for s in ("def square(x):\n    return x * x",
             "def square(x):\n    return x ** 2", "square = lambda x: x * x", "def square(x):\n    return 2 * x")]  # fmt: skip
    for number in range(students):
        folder = place / "submitted" / f"student{number:05d}" / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{NOTEBOOK}.ipynb").write_text(kinds[number % len(kinds)])


def grade(place: Path, students: int, jobs: int) -> list[Mark]:
    """Grade all; the state at the marks, the first of them before the first submission."""
    from grader.batch.local import LocalExecutor
    from grader.cli.course import open_course
    from grader.glue.classwide import ClassAutograde
    from grader.sandbox.zygote import Zygote

    hand_in(place, students)
    app = open_course(place)
    app.coursedir.assignment_id = "ps1"
    converter = ClassAutograde(coursedir=app.coursedir, parent=app)
    at = {1, FIRST, *(students * tenth // 10 for tenth in range(1, 11))}
    marks: list[Mark] = []
    ended = []
    with contextlib.chdir(place), Zygote.start(()) as zygote:
        executor = LocalExecutor(jobs, lambda: zygote.address)
        began, cpu = time.monotonic(), own_cpu()
        for done in converter.grade_class(executor, None, lambda n: None):
            assert done.how == "graded", done
            ended.append(done)  # as the command does, for its table
            if len(ended) in at:
                book = (place / "gradebook.db").stat().st_size
                now = Mark(
                    len(ended), time.monotonic() - began, own_cpu() - cpu, resident_bytes(os.getpid()), book
                )
                if marks:
                    show(marks[-1], now)
                marks.append(now)
        executor.close()
    return marks


def show(before: Mark, now: Mark) -> None:
    """One line: what happened between two marks."""
    number = now.submissions - before.submissions
    print(
        f"{now.submissions:6} graded: {(now.seconds - before.seconds) / number:.3f} s a submission, coordinator "
        f"{(now.cpu - before.cpu) / number:.3f} s of CPU, {now.memory >> 20} MiB; gradebook {now.gradebook >> 20} MiB",
        flush=True,
    )


if __name__ == "__main__":
    main()
