"""The hidden tests of mini_gpt, tested: on every right and every wrong solution of the library.

Each solution runs in a process of its own, forked from here, with a real probe at one end of a
socket and the real suite at the other; only the sandbox and Jupyter are left out.  A right
solution gets full points; a wrong one loses points and is told the misconception that its first
line names, by the first failed test that names one.
"""

import contextlib
import importlib
import os
import signal
import socket
from pathlib import Path

import pytest
import torch
from hidden_lesson import run_until, told

from grader.bridge import Channel, Student
from grader.inside.probe import Probe
from grader.pytest_plugin.suite import Suite
from grader.wire import Stub
from reference.pytorch import mini_gpt

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "tests" / "solutions" / "mini_gpt"
EXERCISES = ("create_causal_mask", "transformer_decoder", "generate")
ANSWERS = ("create_causal_mask", "TransformerDecoder", "generate")
GIVEN = {k: v for k, v in vars(mini_gpt).items() if k not in ANSWERS and not k.startswith("__")}


@contextlib.contextmanager
def kernel(source: str, call_seconds: float = 20.0):
    """A `Student` whose process has run `source` in the names that the notebook gives."""
    ours, theirs = socket.socketpair()
    process = os.fork()
    if process == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            ours.close()
            torch.set_num_threads(1)
            namespace = dict(GIVEN)
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
    torch.set_num_threads(1)
    importlib.import_module(
        "torch._dynamo"
    )  # an optimizer imports it, for a second: here once, not in every fork

    made = Suite.collect(ROOT / "tests" / "hidden" / "mini_gpt", ROOT)
    yield made
    made.close()


def graded(
    suite,
    exercise,
    source,
    seed=b"class secret",
    stand_ins: dict[str, Stub] | None = None,
    call_seconds=20.0,
    enough=False,
):
    """Result of an exercise's hidden tests on this source; with `enough` up to the first diagnosis."""
    stand_ins = suite.relies_on(exercise) if stand_ins is None else stand_ins
    with kernel(source, call_seconds) as student:
        if enough:
            return run_until(told, suite, exercise, student, seed, stand_ins=stand_ins)
        return suite.run(exercise, student, seed, stand_ins=stand_ins)


def files(kind):
    found = [(e, p) for e in EXERCISES for p in sorted((SOLUTIONS / e / kind).glob("*.py"))]
    return [pytest.param(e, p, id=f"{e}-{p.stem}") for e, p in found]


@pytest.mark.parametrize(("exercise", "path"), files("unnamed"))
def test_wrong_answers_that_no_message_names_lose_points(suite, exercise, path):
    result = graded(suite, exercise, path.read_text(encoding="utf-8"), path.stem.encode(), stand_ins={})
    assert result.fraction < 1.0
    assert not result.internal, result.internal[0].finding.detail


def test_of_a_function_that_only_prints_nothing_else_is_said(suite):
    path = SOLUTIONS / "generate" / "wrong" / "27_nothing_returned.py"
    result = graded(suite, "generate", path.read_text(encoding="utf-8"), stand_ins={})
    assert {o.finding.misconception for o in result.outcomes} == {"nothing_returned"}


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("right"))
def test_every_right_solution_gets_full_points(suite, exercise, path):
    result = graded(suite, exercise, path.read_text(encoding="utf-8"), path.stem.encode())
    assert [(o.test, o.finding) for o in result.outcomes if not o.passed] == []
    assert result.fraction == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "path"), files("wrong"))
def test_every_wrong_solution_loses_points_and_is_told_its_misconception(suite, exercise, path):
    source = path.read_text(encoding="utf-8")
    result = graded(suite, exercise, source, path.stem.encode(), enough=True)
    assert result.fraction < 1.0
    assert not result.internal, result.internal[0].finding.detail
    assert told(result) == source.splitlines()[0].removeprefix("# misconception: ")


def test_every_hidden_test_has_a_title_in_both_languages(suite):
    for tests in suite.by_exercise.values():
        for test in tests:
            assert test.obj.__doc__ and test.get_closest_marker("title").kwargs["fr"]


# ---------------------------------------------------------------------------------------------
# Chance


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted((SOLUTIONS / "generate" / "right").glob("*.py")), ids=lambda p: p.stem
)
def test_several_gradings_of_each_right_sampler_fail_none(suite, path):
    with kernel(path.read_text(encoding="utf-8")) as student:
        for i in range(4):  # 20,000 of them: benchmarks.sampler_gradings
            result = suite.run("generate", student, f"secret {i}".encode())
            assert result.fraction == 1.0, [o.finding for o in result.outcomes if not o.passed]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_second_grading_asks_the_same_and_finds_the_same(suite, exercise):
    source = next((SOLUTIONS / exercise / "wrong").glob("01_*.py")).read_text(encoding="utf-8")
    first, second = graded(suite, exercise, source), graded(suite, exercise, source)
    assert [(o.test, o.passed, o.finding) for o in first.outcomes] == [
        (o.test, o.passed, o.finding) for o in second.outcomes
    ]


# ---------------------------------------------------------------------------------------------
# Error carried forward, no trace


def source_of(exercise, name):
    return (SOLUTIONS / exercise / name).read_text(encoding="utf-8")


def test_a_wrong_mask_costs_nothing_in_the_decoder_that_relies_on_it(suite):
    source = source_of("create_causal_mask", "wrong/03_transposed.py") + source_of(
        "transformer_decoder", "right/01_module_list.py"
    )
    assert graded(suite, "transformer_decoder", source).fraction == 1.0
    alone = graded(suite, "transformer_decoder", source, stand_ins={})
    assert alone.fraction < 1.0 and told(alone) == "transposed_mask"


def test_grading_leaves_no_trace_in_the_kernel(suite):
    source = source_of("generate", "right/01_multinomial.py") + (
        "import random\n"
        "char2idx = {'a': 0}\n"
        "def traces():\n"
        "    return [torch.get_rng_state(), random.random(), sorted(k for k in globals() if k[0] != '_'), char2idx]\n"
    )
    with kernel(source) as student:
        before = student.traces().value
        result = suite.run("generate", student, b"secret")
        after = student.traces().value
    assert result.fraction == 1.0, "a vocabulary that an earlier cell spoiled is put right for the tests"
    assert torch.equal(before[0], after[0]) and before[1:] == after[1:]
