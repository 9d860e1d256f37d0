"""The hidden tests of an assignment, collected once and run on many submissions.

`Suite` opens a pytest session without running it and keeps it open: collecting and importing
PyTorch costs seconds, running an exercise's tests costs what the tests cost.  It uses three doors
of pytest that are stable but not documented for this use (`_prepareconfig`, `Session.from_config`,
`Function._initrequest`, the last as pytest-rerunfailures does); `tests/unit/test_suite.py` watches
them.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import _prepareconfig
from _pytest.main import Session
from _pytest.runner import runtestprotocol

from grader.bridge import NoAnswer, Student, StudentError
from grader.bridge.oracle import Carried
from grader.errors import CourseError
from grader.pytest_plugin.finding import finding_of
from grader.pytest_plugin.plugin import BENCH, Bench
from grader.result import ExerciseResult, Finding, TestOutcome
from grader.text import Text
from grader.wire import Stub

PATIENCE = 3  # tests without an answer, after which an exercise's other tests are not run


class Suite:
    """Collected hidden tests, by exercise.

    Parameters
    ----------
    session : pytest.Session
        With its items collected.
    errors : Errors
        Registered as a plugin of that session.
    log : bool
        Whether pytest reports each test as it does in a terminal.

    Raises
    ------
    CourseError
        If a test belongs to no exercise.
    """

    def __init__(self, session: Session, errors: Errors, log: bool = False) -> None:
        self.session, self.config, self._errors, self._log = session, session.config, errors, log
        self.by_exercise: dict[str, list[Any]] = {}
        for item in session.items:
            marker = item.get_closest_marker("exercise")
            if marker is None:
                raise CourseError(f"hidden test {item.nodeid} has no exercise marker")
            self.by_exercise.setdefault(marker.args[0], []).append(item)

    @classmethod
    def collect(cls, tests: Path, root: Path) -> Suite:
        """Open a pytest session of its own and collect an assignment's hidden tests.

        Parameters
        ----------
        tests : Path
            Folder of the assignment's hidden tests.
        root : Path
            Folder from which tests import (`reference` lies there).

        Raises
        ------
        CourseError
            If the tests cannot be collected.
        """
        errors = Errors()
        arguments = [
            str(tests),
            f"--rootdir={root}",
            "--config-file=/dev/null",
            "--import-mode=importlib",
            "--capture=no",
            "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler",
            "-p", "grader.pytest_plugin.plugin",
        ]  # fmt: skip
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        with _no_other_plugins():
            config = _prepareconfig(arguments, plugins=[errors])
            config._do_configure()
            session = Session.from_config(config)
            config.hook.pytest_sessionstart(session=session)
        try:
            session.perform_collect()
        except pytest.UsageError as error:
            raise CourseError(f"hidden tests in {tests}: {error}") from None
        if errors.collect:
            raise CourseError(f"hidden tests in {tests} cannot be loaded:\n{errors.collect[0]}")
        if not session.items:
            raise CourseError(f"there is no hidden test in {tests}")
        return cls(session, errors)

    def __contains__(self, exercise: str) -> bool:
        return exercise in self.by_exercise

    def relies_on(self, exercise: str) -> dict[str, Any]:
        """Earlier exercises that this one uses, each with what stands in for it."""
        marker = self.by_exercise[exercise][0].get_closest_marker("exercise")
        return dict(marker.kwargs.get("relies_on", {}))

    def run(
        self,
        exercise: str,
        student: Student,
        seed: bytes,
        device: str = "cpu",
        stand_ins: dict[str, Stub | Carried] | None = None,
        given: dict[str, Stub] | None = None,
    ) -> ExerciseResult:
        """Run an exercise's hidden tests against a live kernel.

        Parameters
        ----------
        exercise : str
        student : Student
        seed : bytes
            Secret of the submission.
        device : str
        stand_ins : dict of str to Stub or Carried, optional
            Right versions of earlier exercises, in place during these tests.
        given : dict of str to Stub, optional
            What stands in the place of names that the notebook gives.

        Returns
        -------
        ExerciseResult
        """
        self.config.stash[BENCH] = Bench(student, seed, device)
        items = self.by_exercise[exercise]
        stand_ins = stand_ins or {}
        try:
            for name, right in {**(given or {}), **stand_ins}.items():
                with contextlib.suppress(NoAnswer, StudentError):  # a dead kernel: the tests will say so
                    student.replace(name, right)
            outcomes: list[TestOutcome] = []
            for item, following in zip(items, [*items[1:], None], strict=True):
                late = sum(o.finding is not None and o.finding.kind == "no answer" for o in outcomes)
                outcomes.append(self._run_one(item, following) if late < PATIENCE else _given_up(item))
        finally:
            self.session._setupstate.teardown_exact(None)  # whatever tests that were not run left open
            student.restore()
            self.config.stash[BENCH] = Bench()
        return ExerciseResult(exercise, tuple(_counted(items, outcomes)), tuple(stand_ins))

    def _run_one(self, item: Any, following: Any) -> TestOutcome:
        item._initrequest()  # a fresh set of fixtures, however often the item has run
        began = time.monotonic()
        self._errors.last = None
        reports = runtestprotocol(item, log=self._log, nextitem=following)
        passed = len(reports) == 3 and all(r.outcome == "passed" for r in reports)
        finding: Finding | None = None
        if not passed:
            finding = finding_of(self._errors.last or RuntimeError("the test was skipped or did not run"))
        return TestOutcome(
            test=item.name,
            title=_title(item),
            points=_points(item),
            passed=passed,
            finding=finding,
            seconds=time.monotonic() - began,
        )

    def close(self) -> None:
        """End the pytest session."""
        self.config.hook.pytest_sessionfinish(session=self.session, exitstatus=0)
        self.config._ensure_unconfigure()


def _counted(items: list[Any], outcomes: list[TestOutcome]) -> list[TestOutcome]:
    """Without the points of tests that a function which does nothing passes too, where no other test passed."""
    vacuous = [item.get_closest_marker("vacuous") is not None for item in items]
    if all(vacuous) or any(o.passed and not v for o, v in zip(outcomes, vacuous, strict=True)):
        return outcomes
    text = Text(
        "Counts once another test of this exercise passes: a function that does nothing harms nothing either.",
        "Compte dès qu'un autre test de cet exercice passe : une fonction qui ne fait rien n'abîme rien non plus.",
    )
    idle = Finding("idle", text, cause=text)
    return [replace(o, passed=False, finding=idle) if o.passed else o for o in outcomes]


def _given_up(item: Any) -> TestOutcome:
    """A test that is not run any more: each further call would take its whole time limit."""
    text = Text(
        f"Not run: {PATIENCE} tests of this exercise already got no answer.",
        f"Pas exécuté : {PATIENCE} tests de cet exercice sont déjà restés sans réponse.",
    )
    return TestOutcome(item.name, _title(item), _points(item), False, Finding("no answer", text))


def _points(item: Any) -> float:
    marker = item.get_closest_marker("points")
    return float(marker.args[0]) if marker else 1.0


def _title(item: Any) -> Text:
    """What students read as the name of a test: its docstring's first line, its ``title`` marker."""
    english = (item.obj.__doc__ or item.name).strip().split("\n")[0]
    marker = item.get_closest_marker("title")
    return Text(english, str(marker.kwargs.get("fr", english)) if marker else english)


class Errors:
    """Keeps the exception of the last failed phase, and collection errors."""

    def __init__(self) -> None:
        self.last: BaseException | None = None
        self.collect: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        if call.excinfo is not None and self.last is None:
            self.last = call.excinfo.value

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.collect.append(str(report.longrepr))


@contextmanager
def _no_other_plugins() -> Iterator[None]:
    """The instructor's own pytest plugins and options have no say in grading."""
    names = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}
    before = {n: os.environ.get(n) for n in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                del os.environ[name]
            else:
                os.environ[name] = old
