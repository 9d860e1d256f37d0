"""The local executor: nothing starts before the first task, and a worker that dies takes one task along."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.batch import local
from grader.batch.local import POISON, LocalExecutor, Slots
from grader.engine.task import GradeTask
from grader.errors import NotGradable
from grader.limits import Limits

pytestmark = pytest.mark.slow


def task(student: str, source: str) -> GradeTask:
    """A notebook of one cell, run without a box (the executor is what is tested)."""
    nb = new_notebook(cells=[new_code_cell(source)])
    return GradeTask(student, "ps1", "p1", nb, sandbox="none", limits=Limits(submission_seconds=30.0))


def shown(graded: object) -> str:
    """Text of the first cell's output."""
    return "".join(o.get("text", "") for o in graded.nb["cells"][0]["outputs"])  # type: ignore[attr-defined]


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    """Two slots."""
    made = LocalExecutor(2, None)
    yield made
    made.close(kill=True)


def test_without_tasks_nothing_is_started() -> None:
    def never() -> str:
        raise AssertionError("the zygote was started for nothing")

    idle = LocalExecutor(2, never)
    assert list(idle.run([])) == []
    assert idle.slots == [None, None]
    idle.close()


def test_every_task_comes_back_once_and_tasks_are_fetched_one_a_slot_ahead(executor: LocalExecutor) -> None:
    fetched: list[str] = []

    def tasks() -> Iterator[GradeTask]:
        for number in range(5):
            fetched.append(str(number))
            yield task(str(number), f"print({number})")

    ended = {}
    for done, result in executor.run(tasks()):
        assert len(fetched) <= len(ended) + 4  # two running, one ahead for each slot
        ended[done.student] = shown(result).strip()
    assert ended == {str(n): str(n) for n in range(5)}


def test_one_task_needs_one_worker(executor: LocalExecutor) -> None:
    assert len(list(executor.run([task("a", "print(1)")]))) == 1
    assert sum(slot is not None for slot in executor.slots) == 1


KILLS_ITS_WORKER = f"import os\nos.kill({{}}, {int(signal.SIGKILL)})"


def test_a_worker_that_is_killed_again_and_again_fails_its_task_only(executor: LocalExecutor) -> None:
    # Without a box the cell can name its worker: the kernel's parent.
    killer = task("killer", KILLS_ITS_WORKER.format("os.getppid()"))
    ended = dict(
        (t.student, r) for t, r in executor.run([killer, *(task(f"s{n}", "print(1)") for n in range(3))])
    )
    assert isinstance(ended["killer"], NotGradable)
    assert ended["killer"].reason == "its worker process died 2 times" and ended["killer"].advice == POISON
    assert all(shown(ended[f"s{n}"]).strip() == "1" for n in range(3))


def test_its_second_try_has_the_machine_to_itself(
    executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = task("killer", KILLS_ITS_WORKER.format("os.getppid()"))
    began: list[tuple[str, int]] = []
    under_way: set[str] = set()
    begin, settle = executor.begin, executor.settle

    def watched(job: local.Running) -> object:
        under_way.add(job.task.student)
        began.append((job.task.student, len(under_way)))
        return begin(job)

    def ended(job: local.Running, future: object) -> object:
        under_way.discard(job.task.student)
        return settle(job, future)  # type: ignore[arg-type]

    monkeypatch.setattr(executor, "begin", watched)
    monkeypatch.setattr(executor, "settle", ended)
    others = [task(f"s{n}", "import time\ntime.sleep(0.3)") for n in range(4)]
    assert len(list(executor.run([others[0], killer, *others[1:]]))) == 5
    assert began[1] == ("killer", 2) and began[-1] == ("killer", 1)


def test_a_task_far_beyond_its_time_has_its_worker_killed(
    executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(executor.run([task("warm", "1")]))  # the first task pays for the imports
    monkeypatch.setattr(local, "MARGIN", -58.0)  # overdue 2 s after the start
    stuck = task("stuck", f"import os, time\nos.kill(os.getppid(), {int(signal.SIGSTOP)})\ntime.sleep(60)")
    ((_, result),) = executor.run([stuck])
    assert isinstance(result, NotGradable)


def test_an_error_of_ours_comes_back_as_an_exception(executor: LocalExecutor, tmp_path: object) -> None:
    broken = GradeTask(
        "a", "ps1", "p1", new_notebook(), tests=f"{tmp_path}/none", sandbox="none", root=os.getcwd()
    )
    ((_, result),) = executor.run([broken])
    assert isinstance(result, Exception)


@pytest.mark.parametrize("after", [0.0, 0.002, 0.005, 0.01, 0.02, 0.05])
def test_a_task_that_begins_while_all_ends_is_not_left_running(after: float) -> None:
    """A runner is stopped from another thread than its tasks begin in; a worker left behind would be waited for."""
    executor = LocalExecutor(1, None)
    begun: list[object] = []

    def begin() -> None:
        begun.append(executor.begin(local.Running(task("late", "import time\ntime.sleep(60)"))))

    thread = threading.Thread(target=begin)
    thread.start()
    time.sleep(after)
    executor.close(kill=True)
    thread.join(20)
    (future,) = begun
    assert future.exception(timeout=10) is not None  # type: ignore[attr-defined]
    limit = time.monotonic() + 5
    while multiprocessing.active_children() and time.monotonic() < limit:  # killed, not gone yet
        time.sleep(0.01)
    assert not multiprocessing.active_children()


def test_no_thread_of_a_killed_pool_is_left_to_the_interpreters_end():
    slots = Slots(2, None)
    for number in range(2):
        slots.begin(local.Running(task(f"s{number}", "import time\ntime.sleep(60)"), slot=number))
    threads = [pool._executor_manager_thread for pool in slots.slots]
    assert all(thread.is_alive() for thread in threads)
    slots.close(kill=True)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize(
    ("line", "heavy"),
    [
        ("from grader.checks import expect", True),
        ("from reference.pytorch import mini_gpt", True),
        ("import torch.nn as nn", True),
        ("import pytest, math", False),
        (None, False),  # no file, though its name says so
    ],
)
def test_workers_are_born_with_pytorch_only_where_hidden_tests_want_it(
    line: str | None, heavy: bool, tmp_path: Path
) -> None:
    (tmp_path / "conftest.py").write_text("import pytest\n")
    if line is None:
        (tmp_path / "test_square.py").mkdir()
    else:
        (tmp_path / "test_square.py").write_text(f"{line}\n")
    asked = (
        "import multiprocessing, sys\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from pathlib import Path\n"
        "from grader.batch.local import begin_fork_server\n"
        "begin_fork_server(Path(sys.argv[1]))\n"
        "with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('forkserver')) as pool:\n"
        '    found = pool.submit(eval, \'[m in __import__("sys").modules for m in ("pytest", "torch")]\')\n'
        "    print(found.result())\n"
    )
    run = [sys.executable, "-c", asked, str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == f"[True, {heavy}]"
