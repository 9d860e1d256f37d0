"""The hidden tests of lesson 5, tested: on every right and every wrong solution of the library.

Each solution runs in a process of its own, forked from here, with a real probe at one end of a
socket and the real suite at the other; only the sandbox and Jupyter are left out.  A right
solution gets full points; a wrong one loses points and is told the misconception that its first
line names, by the first failed test that names one.
"""

import contextlib
import os
import random
import signal
import socket
from collections import Counter
from pathlib import Path

import pytest

from grader.bridge import Channel, Student
from grader.checks.name_writer import FAR, FIRST, SECOND, NameWriter
from grader.checks.sampling import ALPHA, rejected
from grader.inside.probe import Probe
from grader.pytest_plugin.suite import Suite
from reference.pure_python import mini_llm, wrong_generate
from reference.pure_python.wrong_mini_llm import BY_EXERCISE

ROOT = Path(__file__).parents[2]
LESSON = "lesson5_mini_llm"
GIVEN = {
    name: value
    for name, value in vars(mini_llm).items()
    if not name.startswith("__")
    and name not in ("count_parameters", "forward_llm", "apply_temperature", "mean_loss", "generate")
}


def solution(exercise, name, lesson=LESSON):
    """Source of a solution, such as ``right/01_choices``."""
    path = ROOT / "tests" / "solutions" / lesson / exercise / f"{name}.py"
    return path.read_text(encoding="utf-8")


FORWARD = solution("forward_llm", "right/01_comprehensions")
TEMPERATURE = solution("apply_temperature", "right/01_powers")
# What the notebook's earlier cells have defined.
BEFORE = {"mean_loss": FORWARD, "generate": FORWARD + TEMPERATURE}


@contextlib.contextmanager
def kernel(source, given, call_seconds=20.0):
    """A `Student` whose process has run `source` in the names that the notebook gives."""
    ours, theirs = socket.socketpair()
    process = os.fork()
    if process == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            ours.close()
            namespace = dict(given)
            exec(compile(source, "ipykernel_solution", "exec"), namespace)
            probe = Probe(theirs, namespace)
            while probe.serve_one():
                pass
        finally:
            os._exit(0)
    theirs.close()
    channel = Channel(
        ours, 1 << 26, lambda: os.kill(process, signal.SIGINT), lambda why: os.kill(process, signal.SIGKILL)
    )
    try:
        yield Student(channel, call_seconds)
    finally:
        ours.close()
        os.waitpid(process, 0)


@pytest.fixture(scope="module")
def suite():
    made = Suite.collect(ROOT / "tests" / "hidden" / LESSON, ROOT)
    yield made
    made.close()


def graded(suite, exercise, source, seed=b"class secret", stand_ins=None):
    """Result of an exercise's hidden tests on this source."""
    with kernel(BEFORE.get(exercise, "") + source, GIVEN) as student:
        return suite.run(exercise, student, seed, stand_ins=stand_ins)


def told(result):
    """The diagnosis: what the first failed test that names a misconception says."""
    names = [o.finding.misconception for o in result.outcomes if o.finding is not None]
    return next((n for n in names if n), None)


def failures(result):
    return [(o.test, o.finding.kind, o.finding.text.en) for o in result.outcomes if not o.passed]


def files(kind, lesson, exercises):
    folder = ROOT / "tests" / "solutions" / lesson
    found = [(e, p) for e in exercises for p in sorted((folder / e / kind).glob("*.py"))]
    return [pytest.param(e, p, id=f"{e}-{p.stem}") for e, p in found]


def check_right(result):
    assert failures(result) == []
    assert result.fraction == 1.0


def check_wrong(result, source):
    assert result.fraction < 1.0
    assert not result.internal, result.internal[0].finding.detail
    assert told(result) == source.splitlines()[0].removeprefix("# misconception: "), failures(result)


def check_titles(suite):
    for tests in suite.by_exercise.values():
        for test in tests:
            assert test.obj.__doc__ and test.get_closest_marker("title").kwargs["fr"]


# ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("right", LESSON, BY_EXERCISE))
def test_every_right_solution_gets_full_points(suite, exercise, path):
    check_right(graded(suite, exercise, path.read_text(encoding="utf-8"), path.stem.encode()))


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("wrong", LESSON, BY_EXERCISE))
def test_every_wrong_solution_loses_points_and_is_told_its_misconception(suite, exercise, path):
    source = path.read_text(encoding="utf-8")
    check_wrong(graded(suite, exercise, source, path.stem.encode()), source)


def test_every_hidden_test_has_a_title_in_both_languages(suite):
    check_titles(suite)
    assert {e: sum(t.get_closest_marker("points").args[0] for t in ts) for e, ts in suite.by_exercise.items()} == {
        "count_parameters": 1,
        "forward_llm": 5,
        "apply_temperature": 2,
        "mean_loss": 3,
        "generate": 4,
    }
