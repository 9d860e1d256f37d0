"""Serves ``pytest tests/hidden/mini_gpt --submission x.ipynb``: hidden tests on one notebook, by hand.

An instructor who writes a test runs it so: the notebook's cells run in a box, and at each test cell
that exercise's tests run and report as in any pytest session.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.engine.feedback import as_text
from grader.engine.notebook import grade
from grader.engine.task import GradeTask
from grader.pytest_plugin.suite import Errors, Suite
from grader.result import GradedNotebook

GRADED = pytest.StashKey[GradedNotebook]()


def pytest_configure(config: pytest.Config) -> None:
    """Watch for the exceptions that tests end with."""
    config.pluginmanager.register(Errors(), "autoregrade-errors")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the notebook, and each exercise's tests at its test cell."""
    if session.testsfailed:
        return None  # collection failed: pytest says so
    config = session.config
    path = Path(config.getoption("submission"))
    if not path.is_file():
        raise pytest.UsageError(f"--submission {path}: no such file")
    errors: Any = config.pluginmanager.get_plugin("autoregrade-errors")
    suite = Suite(session, errors, log=True)
    task = GradeTask(
        student=path.stem,
        assignment=Path(config.args[0]).name,
        notebook=path.stem,
        nb=nbformat.read(path, as_version=4),
        home=str(path.parent.resolve()),
        seed=hashlib.sha256(path.read_bytes()).digest(),
        language=config.getoption("language"),
        parameters=dict(_parameter(p) for p in config.getoption("set")),
        sandbox=config.getoption("sandbox"),
    )
    graded = grade(task, suite)
    config.stash[GRADED] = graded
    missing = set(suite.by_exercise) - {e.exercise for e in graded.exercises}
    if missing:
        raise pytest.UsageError(f"{path} has no test cell for {', '.join(sorted(missing))}")
    return True


def _parameter(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show what a student reads where the course reveals everything."""
    graded = config.stash.get(GRADED, None)
    if graded is None:
        return
    for event in graded.events:
        terminalreporter.write_line(event)
    scores = {s.grade_id.removesuffix("_tests"): s for s in graded.scores}
    for result in graded.exercises:
        score = scores[result.exercise]
        terminalreporter.section(result.exercise)
        language = config.getoption("language")
        terminalreporter.write_line(
            as_text(
                result, score.score, score.max_score, language, reveal="full"
            )  # the reader teaches the course
        )
