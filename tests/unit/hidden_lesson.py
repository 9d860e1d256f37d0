"""Grades a lesson's solutions with its real hidden tests, without sandbox and Jupyter.

Each solution runs in a process of its own, forked from here, with a real probe at one end of a socket
and the real suite at the other. A module of tests says which lesson it proves (`HiddenLesson`) and
gets the statements that hold for every lesson.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.bridge import Channel, Student
from grader.bridge.oracle import Carried
from grader.inside.probe import Probe
from grader.pytest_plugin.suite import Suite
from grader.result import ExerciseResult
from grader.wire import Stub

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class HiddenLesson:
    """One lesson: its assignment, its exercises' points, the names that its notebook gives."""

    assignment: str
    points: Mapping[str, float]
    given: Mapping[str, Any]

    def collect(self) -> Suite:
        return Suite.collect(ROOT / "tests" / "hidden" / self.assignment, ROOT)

    def files(self, kind: str) -> list:
        """Parameters (exercise, path) of the right, the wrong or the unnamed wrong solutions."""
        folder = ROOT / "tests" / "solutions" / self.assignment
        found = [(e, p) for e in self.points for p in sorted((folder / e / kind).glob("*.py"))]
        return [pytest.param(e, p, id=f"{e}-{p.stem}") for e, p in found]

    def source(self, exercise: str, name: str) -> str:
        folder = ROOT / "tests" / "solutions" / self.assignment / exercise
        return (folder / name).read_text(encoding="utf-8")

    @contextlib.contextmanager
    def kernel(self, source: str, leave_out: str = "", call_seconds: float = 20.0) -> Iterator[Student]:
        """A `Student` whose process has run `source` among the names that the notebook gives."""
        ours, theirs = socket.socketpair()
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                ours.close()
                namespace = {k: v for k, v in self.given.items() if k != leave_out}
                exec(compile(source, "ipykernel_solution", "exec"), namespace)
                probe = Probe(theirs, namespace)
                while probe.serve_one():
                    pass
            finally:
                os._exit(0)
        theirs.close()
        channel = Channel(
            ours,
            1 << 26,
            lambda: os.kill(process, signal.SIGINT),
            lambda why: os.kill(process, signal.SIGKILL),
        )
        try:
            yield Student(channel, call_seconds)
        finally:
            ours.close()
            os.waitpid(process, 0)

    def graded(
        self,
        suite: Suite,
        exercise: str,
        source: str,
        seed: bytes = b"class secret",
        stand_ins: dict[str, Stub | Carried] | None = None,
        enough: bool = False,
    ) -> ExerciseResult:
        """Result of an exercise's hidden tests on this source; stand-ins as when all before it failed.

        With `enough` the tests end with the first that names a misconception.
        """
        stand_ins = suite.relies_on(exercise) if stand_ins is None else stand_ins
        with self.kernel(source, exercise) as student:
            if enough:
                return run_until(told, suite, exercise, student, seed, stand_ins=stand_ins)
            return suite.run(exercise, student, seed, stand_ins=stand_ins)


def run_until(
    seen: Callable[[ExerciseResult], Any], suite: Suite, exercise: str, *arguments: Any, **more: Any
) -> ExerciseResult:
    """As `Suite.run`, up to the first test in which that is seen; `grader audit` runs all of each."""
    items, results = suite.by_exercise[exercise], []
    try:
        for item in items:
            suite.by_exercise[exercise] = [item]
            results.append(suite.run(exercise, *arguments, **more))
            if seen(results[-1]):
                break
    finally:
        suite.by_exercise[exercise] = items
    return replace(results[0], outcomes=tuple(o for r in results for o in r.outcomes))


def told(result: ExerciseResult) -> str | None:
    """The diagnosis: what the first failed test that names a misconception says."""
    names = [o.finding.misconception for o in result.outcomes if o.finding is not None]
    return next((n for n in names if n), None)


def lost(result: ExerciseResult) -> list:
    """What failed, for the message of an assertion."""
    return [
        (o.test, o.finding and o.finding.text.en, o.finding and o.finding.detail[-600:])
        for o in result.outcomes
        if not o.passed
    ]


def check_right(lesson: HiddenLesson, suite: Suite, exercise: str, path: Path) -> None:
    """Full points; for the first of its exercise, also with stand-ins for what it relies on (they are slow)."""
    source = path.read_text(encoding="utf-8")
    first = path == min(path.parent.glob("*.py"))
    for stand_ins in ({}, None) if first else ({},):
        result = lesson.graded(suite, exercise, source, path.stem.encode(), stand_ins)
        assert lost(result) == []
        assert result.fraction == 1.0


def check_wrong(lesson: HiddenLesson, suite: Suite, exercise: str, path: Path) -> None:
    """Points lost, and told the misconception of its first line."""
    source = path.read_text(encoding="utf-8")
    result = lesson.graded(suite, exercise, source, path.stem.encode(), {}, enough=True)
    assert result.fraction < 1.0
    assert not result.internal, result.internal[0].finding.detail
    assert told(result) == source.splitlines()[0].removeprefix("# misconception: "), lost(result)


def check_unnamed(lesson: HiddenLesson, suite: Suite, exercise: str, path: Path) -> None:
    """Points lost; mistakes that few make, of which no message tells."""
    with lesson.kernel(path.read_text(encoding="utf-8"), exercise) as student:
        result = run_until(lost, suite, exercise, student, path.stem.encode(), stand_ins={})
    assert lost(result)
    assert not result.internal, result.internal[0].finding.detail


def check_points_and_titles(lesson: HiddenLesson, suite: Suite) -> None:
    """Points add up to the exercise's; every test has a title in both languages."""
    assert set(suite.by_exercise) == set(lesson.points)
    for exercise, tests in suite.by_exercise.items():
        assert sum(t.get_closest_marker("points").args[0] for t in tests) == lesson.points[exercise]
        for test in tests:
            assert test.obj.__doc__ and test.get_closest_marker("title").kwargs["fr"]


def seconds_of_right_answers(lesson: HiddenLesson, suite: Suite) -> float:
    """CPU seconds that the tests of one right solution of every exercise take together, on both sides."""
    began = sum(os.times()[:4])
    for exercise in lesson.points:
        path = next(p.values[1] for p in lesson.files("right") if p.values[0] == exercise)
        with lesson.kernel(path.read_text(encoding="utf-8"), exercise) as student:
            assert suite.run(exercise, student, b"class secret").fraction == 1.0
    return sum(os.times()[:4]) - began


STRANGE = """
VALUES = [None, True, b"x", "text", 10**400, float("nan"), -float("inf"), {"a": 1}, object(), [], ((), ()),
          [object()], [None], ["x", "y"], [[[[1]]]], [[10**400] * 8] * 27, [[1, 2], [3]], (x for x in [1]), [[]] * 3]
PARTS = [10**400, -(10**400), float("nan"), float("inf"), None, "x", object(), [1.0], 1e308]
right, chosen, spoiling = NAME, 0, False

def choose(i, spoil):
    global chosen, spoiling
    chosen, spoiling = i, spoil

def spoilt(value):
    if isinstance(value, (list, tuple)):
        return [*value[:-1], spoilt(value[-1])]
    return PARTS[chosen]

def NAME(*args, **kwargs):
    return spoilt(right(*args, **kwargs)) if spoiling else VALUES[chosen]
"""


def check_strange_answers(lesson: HiddenLesson, suite: Suite, exercise: str) -> None:
    """Whatever comes back, or is the last number of what comes back, it is judged: points are lost for it."""
    with lesson.kernel(STRANGE.replace("NAME", exercise)) as student:
        step = 6 if exercise in ("train", "generate") else 1  # those take seconds each
        for spoil, count in ((False, 19), (True, 9)):
            for i in range(0, count, step):
                student.choose(i, spoil)
                result = suite.run(exercise, student, b"class secret")
                assert result.fraction < 1.0, (spoil, i)
                assert not result.internal, (spoil, i, result.internal[0].finding.detail)
                for o in result.outcomes:
                    assert o.finding is None or len(o.finding.text.en) < 1600
