"""Runners that cannot grade, beside healthy ones: nobody's submission pays for them (`cluster.py`)."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import psutil
import pytest

pytest.importorskip("distributed", reason="the extra packages `cluster` are not installed")

from grader.batch import cluster as coordinator
from grader.batch.cluster import ClusterExecutor
from grader.batch.connection import connected
from grader.batch.tls import Certificates, ClusterError
from grader.engine.task import GradeTask
from grader.errors import SandboxError
from grader.result import GradedNotebook

from .cluster import Cluster
from .tiny_course import ASSIGNMENT, NOTEBOOK

pytestmark = pytest.mark.slow
SICK = ("--sandbox", "none")  # each task that wants a box fails there, at once
RIDDLES = r"""
import dataclasses
import grader.batch.runner as runner
from grader.cli.main import run

grade = runner.grade_here
def grade_here(parcel, course):
    return dataclasses.replace(grade(parcel, course), data=b"cgrader.of_tomorrow\nResult\n.")
runner.grade_here = grade_here
run()
"""

OLDER = """
import grader.batch.serve as serve
from grader.cli.main import run

ours = serve.versions()
serve.versions = lambda: {**ours, "torch": "0.1"}
run()
"""


@pytest.fixture
def cluster(tmp_path: Path, zygote: str) -> Iterator[Cluster]:
    """A scheduler without runners."""
    (tmp_path / "courses").mkdir()
    made = Cluster(tmp_path, zygote, tmp_path / "courses")
    yield made
    made.close()


@pytest.fixture
def said() -> list[str]:
    """What a person was told."""
    return []


@pytest.fixture
def executor(cluster: Cluster, said: list[str]) -> Iterator[ClusterExecutor]:
    certificates = Certificates.below(cluster.tls)
    open_one = lambda: connected(cluster.address, certificates)
    made = ClusterExecutor(open_one, [], said.append, lambda: "start one", patience=20.0)
    yield made
    made.close(kill=True)


def lend(cluster: Cluster, *runners: dict[str, Any]) -> None:
    """Runners that are connected, started with these arguments."""
    started = [cluster.start_runner(**how) for how in runners]
    cluster.runners += started
    for runner in started:
        cluster.await_runner(runner)


def task(student: str, code: str = "print(6 * 7)", **more: Any) -> GradeTask:
    """A submission of one cell."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    return GradeTask(student, ASSIGNMENT, NOTEBOOK, nb, **more)


def test_one_sick_runner_costs_nobody_anything(
    cluster: Cluster, executor: ClusterExecutor, said: list[str]
) -> None:
    lend(cluster, {}, {"more": SICK})
    results = dict((t.student, result) for t, result in executor.run(task(f"s{n}") for n in range(16)))
    assert len(results) == 16
    assert [r for r in results.values() if not isinstance(r, GradedNotebook)] == []
    told = [line for line in said if "has failed 3 times in a row" in line]
    assert len(told) == 1, said
    assert told[0].startswith("the runner tls://127.0.0.1:")
    assert "the last time with: its runner grades without boxes" in told[0]


@pytest.mark.parametrize("number", [1, 2])
def test_where_all_runners_are_sick_the_run_ends(
    cluster: Cluster, executor: ClusterExecutor, number: int
) -> None:
    lend(cluster, *[{"more": SICK}] * number)
    results = [result for _, result in executor.run(task(f"s{n}") for n in range(6))]
    assert [type(result) for result in results] == [SandboxError] * 6


@pytest.mark.timeout(240)
def test_a_task_that_waits_for_a_runner_that_has_left_goes_to_another(
    cluster: Cluster, executor: ClusterExecutor
) -> None:
    lend(cluster, {}, {}, {"more": SICK})
    results: list[object] = []

    def run() -> None:
        tasks = [task(f"s{n}", "import time; time.sleep(5); print(6 * 7)") for n in range(4)]
        results.extend(result for _, result in executor.run(tasks))

    running = threading.Thread(target=run, daemon=True)
    running.start()
    alone: list[str] = []
    while not alone:
        assert running.is_alive(), results
        time.sleep(0.05)
        alone = [sent.alone_on for sent in list(executor._sent.values()) if sent.alone_on]
    (healthy,) = (r for r in cluster.runners if urlsplit(alone[0]).port in ports(r.pid))
    healthy.terminate()
    running.join(150)
    assert [type(result) for result in results] == [GradedNotebook] * 4


def ports(pid: int) -> set[int]:
    """On which a process listens."""
    return {c.laddr.port for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN}


def test_answers_of_another_version_that_cannot_be_read_end_nothing(
    cluster: Cluster, executor: ClusterExecutor
) -> None:
    lend(cluster, {"program": (sys.executable, "-c", RIDDLES)})
    ((_, result),) = executor.run([task("anna")])
    assert isinstance(result, RuntimeError)
    assert str(result).startswith("its runner's answer cannot be read (ModuleNotFoundError: ")
    assert str(result).endswith("do the versions agree?")
    lend(cluster, {})
    results = [result for _, result in executor.run(task(f"s{n}") for n in range(6))]
    assert [type(result) for result in results] == [GradedNotebook] * 6


DEADLY = """
__import__("os")._exit(9) if __import__("grader.batch.runner", fromlist=["here"]).here is not None else type(
    "Deadly", (), {"digest": "0" * 64, "__reduce__": lambda self: (eval, (code.strip(), {"code": code}))}
)()
"""


def test_files_of_a_course_that_end_runners_stop_the_run(
    cluster: Cluster, executor: ClusterExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly = eval(DEADLY.strip(), {"code": DEADLY})  # ends each runner that unpacks it, and nobody else
    monkeypatch.setattr(coordinator, "pack_course", lambda *_: deadly)
    lend(cluster, {}, {}, {}, {})
    tasks = [task(f"s{n}", tests=str(tmp_path), root=str(tmp_path)) for n in range(8)]
    with pytest.raises(ClusterError, match="the course's files ended 3 runners; see their memory"):
        list(executor.run(tasks))
    time.sleep(1.0)
    assert sorted(runner.poll() or 0 for runner in cluster.runners) == [0, 9, 9, 9]


def test_a_runner_with_other_versions_grades_only_where_asked(cluster: Cluster, said: list[str]) -> None:
    certificates = Certificates.below(cluster.tls)
    open_one = lambda: connected(cluster.address, certificates)
    advice = lambda: "start one"
    lend(cluster, {"program": (sys.executable, "-c", OLDER)})
    strict = ClusterExecutor(open_one, [], said.append, advice, patience=1.0)
    with pytest.raises(ClusterError, match="no runner with our versions"):
        list(strict.run([task("anna")]))
    strict.close(kill=True)
    assert len(said) == 1 and "torch 0.1 (here" in said[0] and "--other-versions" in said[0]
    lend(cluster, {})
    strict = ClusterExecutor(open_one, [], said.append, advice, patience=20.0)
    tasks = [task(f"s{n}") for n in range(4)]
    assert all(isinstance(graded, GradedNotebook) for _, graded in strict.run(tasks))
    strict.close()
    cluster.runners[1].kill()
    generous = ClusterExecutor(open_one, [], said.append, advice, patience=20.0, other_versions=True)
    ((_, graded),) = generous.run([task("anna")])
    generous.close()
    assert isinstance(graded, GradedNotebook) and "grades may" in said[-1]
