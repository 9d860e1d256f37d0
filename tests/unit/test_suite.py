"""The pytest session that stays open: the same tests on many submissions, whatever each one does."""

import os
import signal
import socket
import textwrap

import pytest

from grader.bridge import Channel, Student
from grader.errors import CourseError
from grader.inside.probe import Probe
from grader.pytest_plugin.suite import PATIENCE, Suite

TESTS = """
    import pytest
    from grader.checks import fail

    pytestmark = pytest.mark.exercise("double")

    @pytest.fixture(scope="module")
    def factor():
        return 2

    @pytest.mark.points(3)
    def test_value(student, factor):
        '''Twice the number'''
        assert student.double(21).value == 21 * factor, "42 was expected"

    @pytest.mark.title(fr="Le double de zéro")
    def test_zero(student):
        '''Twice zero'''
        if student.double(0).value != 0:
            fail("not zero", "pas zéro", "never_zero")

    def test_secret(student, rng, sizes):
        '''A secret number'''
        n = rng.randrange(10**9)
        assert student.double(n).value == 2 * n and sizes == sorted(sizes)

    def test_faulty(student):
        '''A test that is itself wrong'''
        student.double(1)
        {}["missing"]

    def test_skipped():
        '''A test that skips itself'''
        pytest.skip("no")
"""
OTHER = """
    import pytest
    pytestmark = pytest.mark.exercise("other")

    def test_other(student):
        assert student.double(1).value == 2

    @pytest.mark.vacuous
    def test_no_harm(student):
        student.double(1)
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hidden")
    (folder / "test_double.py").write_text(textwrap.dedent(TESTS))
    (folder / "test_other.py").write_text(textwrap.dedent(OTHER))
    made = Suite.collect(folder, folder)
    yield made
    made.close()


@pytest.fixture
def kernel():
    """Starts a process with the given code and gives its `Student`."""
    running = []

    def start(code, seconds=5.0):
        here, there = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            here.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            namespace: dict = {}
            exec(compile(code, "/tmp/ipykernel_1/cell.py", "exec"), namespace)
            probe = Probe(there, namespace)
            try:
                while probe.serve_one():
                    pass
            finally:
                os._exit(0)
        there.close()
        running.append((pid, here))
        channel = Channel(
            here, 1 << 20, lambda: os.kill(pid, signal.SIGINT), lambda reason: os.kill(pid, signal.SIGKILL)
        )
        return Student(channel, seconds)

    yield start
    for pid, here in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        here.close()


def by_name(result):
    return {o.test: o for o in result.outcomes}


def test_one_session_serves_many_submissions(suite, kernel):
    for _ in range(3):
        good = by_name(suite.run("double", kernel("def double(x): return 2 * x"), b"seed"))
        wrong = by_name(suite.run("double", kernel("def double(x): return x + 1"), b"seed"))
        assert [good[t].passed for t in ("test_value", "test_zero", "test_secret")] == [True] * 3
        assert [wrong[t].passed for t in ("test_value", "test_zero", "test_secret")] == [False] * 3


def test_points_titles_and_findings_come_from_the_test(suite, kernel):
    result = by_name(suite.run("double", kernel("def double(x): return 1"), b"seed"))
    assert result["test_value"].points == 3 and result["test_zero"].points == 1
    assert result["test_zero"].title.fr == "Le double de zéro"
    assert result["test_zero"].finding.misconception == "never_zero"
    assert "42 was expected" in result["test_value"].finding.text.en


def test_a_faulty_or_skipped_test_gives_no_points_and_calls_for_a_person(suite, kernel):
    result = suite.run("double", kernel("def double(x): return 2 * x"), b"seed")
    assert {o.test for o in result.internal} == {"test_faulty", "test_skipped"}
    assert result.fraction == 5 / 7
    assert "KeyError" in by_name(result)["test_faulty"].finding.detail


@pytest.mark.parametrize(("double", "passed"), [("2 * x", [True, True]), ("None", [False, False])])
def test_what_a_function_that_does_nothing_passes_counts_only_beside_others(suite, kernel, double, passed):
    result = suite.run("other", kernel(f"def double(x): return {double}"), b"seed")
    assert [o.passed for o in result.outcomes] == passed
    assert result.outcomes[1].passed or result.outcomes[1].finding.kind == "idle"


def test_a_students_error_is_told_with_its_call(suite, kernel):
    result = by_name(suite.run("double", kernel("def double(x): raise ValueError('no')"), b"seed"))
    assert result["test_value"].finding.kind == "error"
    assert "`double(21)` raised ValueError: no" in result["test_value"].finding.text.en


def test_an_undefined_name_is_told_as_such(suite, kernel):
    result = by_name(suite.run("double", kernel("pass"), b"seed"))
    assert result["test_value"].finding.misconception == "not_defined"


def test_after_several_tests_without_an_answer_the_rest_is_not_run(suite, kernel):
    result = suite.run("double", kernel("def double(x):\n    while True: pass", seconds=0.2), b"seed")
    assert [o.passed for o in result.outcomes] == [False] * 5
    assert "Not run" in result.outcomes[PATIENCE].finding.text.en
    # and the next exercise, in another file, is not disturbed
    assert suite.run("other", kernel("def double(x): return 2 * x"), b"seed").fraction == 1


def test_the_same_seed_repeats_the_inputs_and_another_changes_them(suite, kernel):
    code = "seen = []\ndef double(x):\n    seen.append(x)\n    return 2 * x\ndef history(): return list(seen)"
    numbers = []
    for seed in (b"one", b"one", b"two"):
        student = kernel(code)
        suite.run("double", student, seed)
        numbers.append(student.history().value)
    assert numbers[0] == numbers[1] != numbers[2]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_that_name", "nothing_of_that_name"),
        ("def test_lonely(): pass", "exercise marker"),
        ("", "no hidden test"),
    ],
)
def test_tests_that_cannot_be_collected_are_the_courses_fault(tmp_path, source, why):
    # A name of its own: Python keeps modules by name, and this is one process.
    (tmp_path / f"test_{tmp_path.name}.py").write_text(source)
    with pytest.raises(CourseError, match=why):
        Suite.collect(tmp_path, tmp_path)
