"""20,000 gradings of right samplers, which must fail none, and some hundreds of each wrong one.

    python -m benchmarks.sampler_gradings [--gradings 20000] [--whole 3] [--wrong 200] [--jobs 2]

Every grading runs the real hidden tests, with a secret of its own.  It is done in two ways:

- **whole**: all hidden tests of the exercise on a file of ``tests/solutions``, in process and without a box.  Its
  texts come from the student's code, which takes 0.2 to 4 s.
- **by law**: the hidden tests that judge at random, and only they.  Where they ask the student for texts, an ideal
  sampler draws them from the exact law of a hypothesis: the right one, or that of a misconception.  Everything
  else is the test's: the secret models, their laws, sizes of samples, the judgement.

The right samplers are graded whole a few times per file of ``right/``, and by law up to the number asked for, which is
shared out (`Sampler.share`): more to those whose models are quick to draw.  A misconception that has a hypothesis is
graded by law; one that has none (``max_len_ignored``) whole, from its file.  All is seeded, so a run can be repeated.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import hashlib
import math
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from benchmarks.ideal_samplers import ROOT, SAMPLERS, Sampler, drawer
from benchmarks.stock_checks import InProcess
from grader.bridge import Student
from grader.checks import sampling
from grader.checks.diagnose import named
from grader.pytest_plugin.suite import Suite

CLAIM = 1e-6  # chance that a test fails a right sampler, at most
CHUNK = 250  # gradings by law that a worker does in one go


@dataclass
class Count:
    """What many gradings of one sampler gave.

    Parameters
    ----------
    gradings, failed : int
    smallest : float
        Least p-value of a first sample, after Bonferroni's correction.
    judged, first : int
        Judgements of a law, and those in which the first sample was rejected.
    margins : list of float
        Of a wrong sampler: the p-value that convicted it, of each grading.
    seconds : float
    faults : int
        Hidden tests that failed to run, which says nothing about a sampler.
    found : list of str
        Secret and failed tests of each failure.
    """

    gradings: int = 0
    failed: int = 0
    smallest: float = 1.0
    judged: int = 0
    first: int = 0
    margins: list[float] = field(default_factory=list)
    seconds: float = 0.0
    faults: int = 0
    found: list[str] = field(default_factory=list)

    def add(self, result: Any, judgements: list[list[float]], seconds: float, seed: bytes) -> None:
        """One more grading."""
        self.gradings += 1
        self.seconds += seconds
        if result.fraction == 1:  # rejected twice all the same: the other of two laws that are both right
            judgements = [v for v in judgements if max(v) >= sampling.ALPHA or len(v) < 2]
        self.judged += len(judgements)
        self.first += sum(len(values) > 1 for values in judgements)
        self.smallest = min([self.smallest, *(v[0] for v in judgements)])
        if result.fraction < 1:
            self.failed += 1
            tests = [o.test for o in result.outcomes if not o.passed]
            self.found.append(f"{seed.decode()}: {', '.join(tests)}")
            self.found += [
                f"the test is at fault: {o.finding.detail[-900:]}" for o in result.internal if o.finding
            ]
            self.faults += len(result.internal)
            convicted = [max(v) for v in judgements if len(v) > 1]
            self.margins.append(min(convicted, default=0.0))

    @property
    def distance(self) -> float:
        """How far the limit is from the usual margin, in standard deviations, of ``log10 p``; 3.1 let 1 in 1000 pass.

        Numbers below the smallest float count as that.
        """
        if not self.margins:
            return math.nan
        logs = [max(math.log10(max(p, sys.float_info.min)), -300.0) for p in self.margins]
        spread = max(statistics.pstdev(logs), 1e-9)
        return min((math.log10(sampling.ALPHA) - statistics.fmean(logs)) / spread, 999.0)


@contextlib.contextmanager
def recorded() -> Iterator[list[list[float]]]:
    """Judgements of laws, each the corrected p-values of its first and, where it came to that, second sample."""
    made: list[list[float]] = []
    values: list[float] = []
    p_value, rejected, deviation = sampling.p_value, sampling.rejected, sampling.deviation

    def watched(sample: Any, law: Any) -> float:
        values.append(p_value(sample, law))
        return values[-1]

    def judged(samples: Any, laws: Any, alpha: float = sampling.ALPHA) -> int | None:
        values.clear()
        where = rejected(samples, laws, alpha)
        if not made or len(made[-1]) == 2 or made[-1][0] >= alpha:
            made.append([])
        made[-1].append(min(1.0, min(values) * len(values)))
        return where

    assert deviation.__globals__ is vars(sampling)
    with patch.object(sampling, "p_value", watched), patch.object(sampling, "rejected", judged):
        yield made


class Bench:
    """The hidden tests of one sampler."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self.suite = Suite.collect(ROOT / "tests" / "hidden" / sampler.assignment, ROOT)
        self.all = self.suite.by_exercise[sampler.exercise]
        self.judging = [item for item in self.all if item.name in sampler.tests]
        assert len(self.judging) == len(sampler.tests)

    def by_law(self, hypothesis: Any, number: int, seed: str) -> Count:
        """Gradings of an ideal sampler by the tests that judge laws."""
        student = self._student(self.sampler.files("right")[0])
        self.suite.by_exercise[self.sampler.exercise] = self.judging
        count = Count()
        for i in range(number):
            secret = f"{seed} {i}".encode()
            ideal = drawer(int.from_bytes(hashlib.sha256(secret).digest()[:8], "big"))
            with self.sampler.stand_in(self.suite, hypothesis, ideal):
                self._grade(student, secret, count)
        return count

    def whole(self, path: Path, number: int, seed: str) -> Count:
        """Gradings of an answer of the library by all hidden tests."""
        self.suite.by_exercise[self.sampler.exercise] = self.all
        count = Count()
        for i in range(number):
            self._grade(self._student(path), f"{seed} {path.stem} {i}".encode(), count)
        return count

    def _student(self, path: Path) -> Student:
        return Student(InProcess(self.sampler.namespace(path)), 60.0)  # type: ignore[arg-type]

    def _grade(self, student: Student, secret: bytes, count: Count) -> None:
        began = time.perf_counter()
        with recorded() as judgements:
            result = self.suite.run(self.sampler.exercise, student, secret)
        count.add(result, judgements, time.perf_counter() - began, secret)


@dataclass(frozen=True)
class Task:
    """Gradings that a worker does in one go: by law where `path` is None, else whole."""

    sampler: int  # in `SAMPLERS`
    number: int
    seed: str
    misconception: str = ""
    path: Path | None = None


@functools.cache
def bench_of(sampler: int) -> Bench:
    """One a process."""
    torch.set_num_threads(1)
    sys.setrecursionlimit(10_000)
    return Bench(SAMPLERS[sampler])


def done(task: Task) -> Count:
    """Do a task."""
    bench = bench_of(task.sampler)
    if task.path is not None:
        return bench.whole(task.path, task.number, task.seed)
    hypothesis = None
    if task.misconception:
        hypothesis = named(bench.sampler.misconceptions(), task.misconception).hypothesis
    return bench.by_law(hypothesis, task.number, task.seed)


def right_tasks(sampler: int, number: int, whole: int, seed: str) -> list[Task]:
    """Gradings of a right sampler, `number` in all: each file of the library whole, the rest by law."""
    seed = f"{seed} {SAMPLERS[sampler].name}"  # lessons 5 and 6 have the same tests: other secrets for each
    files = SAMPLERS[sampler].files("right")
    left = max(0, number - whole * len(files))
    parts = [min(CHUNK, left - at) for at in range(0, left, CHUNK)]
    return [
        *(Task(sampler, whole, seed, path=p) for p in files),
        *(Task(sampler, n, f"{seed} law {i}") for i, n in enumerate(parts)),
    ]


def wrong_tasks(sampler: int, number: int, whole: int, seed: str) -> list[Task]:
    """Gradings of each misconception of a sampler."""
    misconceptions, seed = SAMPLERS[sampler].misconceptions(), f"{seed} {SAMPLERS[sampler].name}"
    found = [Task(sampler, number, seed, m.id) for m in misconceptions if m.hypothesis is not None]
    for path in SAMPLERS[sampler].files("wrong"):
        name = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# misconception: ").strip()
        if named(misconceptions, name).hypothesis is None:
            found.append(Task(sampler, whole, seed, name, path))
    return found


def _right_line(sampler: Sampler, tasks: Sequence[Task], counts: Sequence[Count]) -> Count:
    """Print what came of a right sampler; give the sum."""
    ways = [
        sum(c.gradings for t, c in zip(tasks, counts, strict=True) if (t.path is None) == law)
        for law in (False, True)
    ]
    total = Count(
        sum(ways),
        sum(c.failed for c in counts),
        min(c.smallest for c in counts),
        sum(c.judged for c in counts),
        sum(c.first for c in counts),
        seconds=sum(c.seconds for c in counts),
    )
    print(
        f"{sampler.name:<40} {ways[0]:6} {ways[1]:7} {total.failed:7} {total.first:6} of {total.judged:<7}"
        f" {total.smallest:10.1e} {total.seconds:8.0f}",
        flush=True,
    )
    for line in (f for c in counts for f in c.found):
        print(f"    failed: {line}")
    return total


def main() -> int:
    """Print the tables; 1 where a right sampler failed or a wrong one passed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gradings", type=int, default=20_000, help="of right samplers, in all")
    parser.add_argument(
        "--whole", type=int, default=3, help="of them, per file of right/, by all hidden tests"
    )
    parser.add_argument("--wrong", type=int, default=200, help="by law, per wrong sampler")
    parser.add_argument("--wrong-whole", type=int, default=2, help="whole, per wrong sampler without a law")
    parser.add_argument("--only", default="", help="only samplers whose name contains this")
    parser.add_argument("--seed", default="2026", help="another seed, other secrets")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    chosen = [i for i, s in enumerate(SAMPLERS) if asked.only in s.name]
    shares = sum(SAMPLERS[i].share for i in chosen)
    with ProcessPoolExecutor(asked.jobs, multiprocessing.get_context("spawn")) as pool:
        right = [
            right_tasks(i, round(asked.gradings * SAMPLERS[i].share / shares), asked.whole, asked.seed)
            for i in chosen
        ]
        wrong = [wrong_tasks(i, asked.wrong, asked.wrong_whole, asked.seed) for i in chosen]
        right_counts = [[pool.submit(done, t) for t in tasks] for tasks in right]
        wrong_counts = [[pool.submit(done, t) for t in tasks] for tasks in wrong]
        print(
            "right sampler                             whole  by law  failed  first rejected    smallest p  seconds"
        )
        totals = [
            _right_line(SAMPLERS[i], tasks, [f.result() for f in counts])
            for i, tasks, counts in zip(chosen, right, right_counts, strict=True)
        ]
        bad, judged = sum(t.failed for t in totals), sum(t.judged for t in totals)
        rate = sum(t.first for t in totals) / max(1, judged)
        print(
            f"{sum(t.gradings for t in totals)} gradings, {bad} failed. The first sample was rejected in {rate:.1e} of "
            f"{judged} judgements (designed: {sampling.ALPHA:.0e} at most);\na second, new sample has to agree: "
            f"{rate**2:.0e} (claimed: {CLAIM:.0e} at most).\n"
        )
        print(
            "wrong sampler                                                way     gradings  passed  weakest p  sd to limit"
        )
        for tasks, counts in zip(wrong, wrong_counts, strict=True):
            for task, future in zip(tasks, counts, strict=True):
                count, way = future.result(), "whole" if task.path else "by law"
                name = f"{SAMPLERS[task.sampler].name}: {task.misconception}"
                passed = count.gradings - count.failed + count.faults
                weakest = (
                    "" if task.path else f"{max(count.margins, default=1.0):9.0e}  {count.distance:11.1f}"
                )
                print(f"{name:<60} {way:<7} {count.gradings:8} {passed:7}  {weakest}", flush=True)
                bad += passed
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
