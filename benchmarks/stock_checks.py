"""An assignment's hidden tests inside the student's kernel, as stock nbgrader runs its tests.

For `benchmarks.throughput` only: the same test functions on the same inputs, called in process, and
a number as the cell's value, from which nbgrader reads partial credit.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import Any

from grader.bridge import Student
from grader.bridge.oracle import Oracle
from grader.inside import stubs
from grader.inside.probe import REQUESTS, Probe
from grader.pytest_plugin.suite import Suite
from grader.result import ExerciseResult
from grader.wire import decode, encode

ROOT = Path(__file__).parents[1]
_RESULTS: dict[str, ExerciseResult] = {}
COLLECTED = "CPU seconds to import and collect the tests: "


class InProcess:
    """Answers as a `Channel` does, without a socket between the two ends."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.probe = Probe(None, namespace)  # type: ignore[arg-type]
        self.oracle = Oracle()  # for stand-ins, which nobody asks for here

    def ask(self, op: str, seconds: float, **request: Any) -> list[dict[str, Any]]:
        """Do a request at once."""
        plain = decode(*encode(request), resolve=self.probe._object, build=stubs.build)
        return REQUESTS[op](self.probe, plain)["outcomes"]


@cache
def suite(assignment: str) -> Suite:
    """The hidden tests, collected once in this kernel; what that takes is printed into the notebook."""
    began = time.process_time()
    collected = Suite.collect(ROOT / "tests" / "hidden" / assignment, ROOT)
    print(f"{COLLECTED}{time.process_time() - began:.3f}")
    return collected


def score(assignment: str, exercise: str, namespace: dict[str, Any], points: float) -> float:
    """Points of an exercise."""
    return result(assignment, exercise, namespace).fraction * points


def result(assignment: str, exercise: str, namespace: dict[str, Any]) -> ExerciseResult:
    """What came of an exercise's hidden tests, run in this process."""
    student = Student(InProcess(namespace), 60.0)  # type: ignore[arg-type]
    return suite(assignment).run(exercise, student, b"benchmark")


def passed(assignment: str, exercise: str, test: str, namespace: dict[str, Any]) -> bool:
    """Whether one hidden test passed; an exercise's tests are run once in a kernel."""
    if exercise not in _RESULTS:
        _RESULTS[exercise] = result(assignment, exercise, namespace)
    return next(o.passed for o in _RESULTS[exercise].outcomes if o.test == test)
