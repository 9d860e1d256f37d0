"""Kernels that are killed while they are graded: by the machine, which costs nobody points, or by their own code.

The kernels are real, in boxes where nothing else is said, and so are the kills.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.engine import notebook
from grader.engine.notebook import grade
from grader.engine.runner import GradingKernel
from grader.engine.task import GradeTask
from grader.errors import NotGradable
from grader.inside.group import ControlGroup
from grader.limits import Limits
from grader.pytest_plugin.suite import Suite
from grader.result import GradedNotebook
from grader.sandbox.running import KernelStartError

HIDDEN = '''
"""square"""
import pytest
pytestmark = pytest.mark.exercise("square")

def test_three(student):
    """Three squared"""
    assert student.square(3).value == 9
'''
SLOW_CELL = "import time\ntime.sleep(1.5)\ndef square(x):\n    return x * x"
SLOW_CALL = "import time\ndef square(x):\n    time.sleep(1.5)\n    return x * x"
SUICIDE = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
KERNEL, FIRST_PROCESS = 0, 1  # places in the provisioner's `pids`


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    folder = tmp_path_factory.mktemp("hidden")
    Path(folder, "test_square.py").write_text(HIDDEN)
    return Suite.collect(folder, folder)


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[int]]]:
    """Have a process of the first kernels killed, a while after they have started; gives the list of those."""
    start = GradingKernel.start
    timers: list[threading.Timer] = []

    def arrange(*victims: int, after: float = 0.7) -> list[int]:
        left, started = list(victims), list[int]()

        async def starting(kernel: GradingKernel) -> None:
            await start(kernel)
            pids = kernel.km.provisioner.pids
            started.append(pids[KERNEL])
            if left:
                timers.append(threading.Timer(after, os.kill, (pids[left.pop(0)], signal.SIGKILL)))
                timers[-1].start()

        monkeypatch.setattr(GradingKernel, "start", starting)
        return started

    yield arrange
    for timer in timers:
        timer.join()


def graded(suite: Suite, *sources: str, sandbox: str = "bwrap") -> GradedNotebook:
    """A notebook's cells; the last is the test cell of `square`."""
    test = new_code_cell("# test")
    test.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "square_tests", "points": 4}
    nb = new_notebook(cells=[*map(new_code_cell, sources), test])
    task = GradeTask("anna", "ps1", "p1", nb, sandbox=sandbox, limits=Limits(submission_seconds=60.0))
    return grade(task, suite)


@pytest.mark.slow
@pytest.mark.parametrize("victim", [KERNEL, FIRST_PROCESS])
@pytest.mark.parametrize(
    ("source", "where"), [(SLOW_CELL, "in cell 2"), (SLOW_CALL, "during the tests of square")]
)
def test_a_kernel_killed_once_costs_nothing(suite, kill, victim, source, where):
    kernels = kill(victim)
    found = graded(suite, "x = 1", source)
    assert found.scores[0].score == 4 and len(kernels) == 2
    assert found.events == [
        f"its kernel was killed {where}, maybe by the machine; it was graded once more from the start"
    ]


@pytest.mark.slow
def test_a_kernel_killed_at_its_very_end_is_graded_once_more(suite, kill, monkeypatch):
    kernels = kill()
    keep = notebook._Grading._keep_files

    async def killed(grading):
        if len(kernels) == 1:
            os.kill(kernels[0], signal.SIGKILL)
        await keep(grading)

    monkeypatch.setattr(notebook._Grading, "_keep_files", killed)
    found = graded(suite, "def square(x): return x * x")
    assert found.scores[0].score == 4 and len(kernels) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "victims", [(FIRST_PROCESS, FIRST_PROCESS), (KERNEL, FIRST_PROCESS), (FIRST_PROCESS, KERNEL)]
)
def test_a_box_killed_from_outside_twice_is_not_graded(suite, kill, victims):
    kernels = kill(*victims)
    with pytest.raises(NotGradable, match="killed twice, and not by its own code"):
        graded(suite, SLOW_CELL)
    assert len(kernels) == 2


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", ["bwrap", "none"])
def test_code_that_kills_its_kernel_is_graded_twice_and_judged_as_ever(suite, kill, sandbox):
    kernels = kill()
    found = graded(suite, "def square(x): return x * x", SUICIDE, sandbox=sandbox)
    assert found.events[0].endswith("graded once more from the start")
    assert found.events[1:] == ["the kernel died in cell 2 (signal)"]
    assert found.scores[0].score == 4  # of the other cells it keeps what they earn, as after any death
    assert len(kernels) == 3  # one, then as ever: one that dies and a fresh one

    kernels.clear()
    found = graded(suite, SUICIDE + "\ndef square(x): return x * x", sandbox=sandbox)
    assert found.scores[0].score == 0


@pytest.mark.slow
def test_a_function_that_kills_its_kernel_gets_no_points(suite, kill):
    kernels = kill()
    found = graded(suite, "import os\ndef square(x):\n    os.kill(os.getpid(), 9)")
    assert found.scores[0].score == 0 and len(kernels) == 2
    assert found.events[1:] == ["the kernel died during the tests of square (signal)"]


@pytest.mark.slow
def test_code_that_kills_its_kernel_only_the_first_time_gets_what_its_second_grading_gives(suite, tmp_path):
    once = f"import os\nif not os.path.exists('{tmp_path}/x'):\n    open('{tmp_path}/x', 'w')\n    os.kill(os.getpid(), 9)"
    assert graded(suite, f"{once}\ndef square(x): return x + x", sandbox="none").scores[0].score == 0
    Path(tmp_path, "x").unlink()
    assert graded(suite, f"{once}\ndef square(x): return x * x", sandbox="none").scores[0].score == 4


@pytest.mark.slow
@pytest.mark.parametrize("end", ["os._exit(3)", "os.abort()", "os.kill(os.getpid(), 15)"])
def test_other_ends_are_graded_once(suite, kill, end):
    kernels = kill()
    found = graded(suite, f"import os\n{end}")
    assert "once more" not in "".join(found.events) and len(kernels) == 2  # the one that died, a fresh one


@pytest.mark.slow
def test_a_kernel_that_does_not_start_is_tried_once_more(suite, monkeypatch):
    start, failures = GradingKernel.start, [KernelStartError("bubblewrap ended")]

    async def starting(kernel):
        if failures:
            raise failures.pop()
        await start(kernel)

    monkeypatch.setattr(GradingKernel, "start", starting)
    found = graded(suite, "def square(x): return x * x")
    assert found.scores[0].score == 4
    assert found.events[0].startswith("its kernel did not start (bubblewrap ended)")
    failures += [KernelStartError("again"), KernelStartError("bubblewrap ended")]
    with pytest.raises(KernelStartError, match="again"):
        graded(suite, "1")


# -- what a control group tells ---------------------------------------------------------------------------------

LIMIT = {"memory.limit_in_bytes": "209715200\n"}
ALL_OF_200 = {**LIMIT, "memory.max_usage_in_bytes": "209600000\n"}
MOST_OF_200 = {**LIMIT, "memory.max_usage_in_bytes": "150000000\n"}


@pytest.mark.parametrize(
    ("version", "files", "told"),
    [
        (2, {"memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n"}, ""),
        (2, {"memory.events": "low 0\nhigh 0\nmax 31\noom 1\noom_kill 1\n"}, "memory"),
        (2, {"memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\n"}, "outside"),
        (2, {}, ""),
        (1, {"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", **MOST_OF_200}, ""),
        (1, {"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", **ALL_OF_200}, "memory"),
        (1, {"memory.oom_control": "oom_kill 1\n", **MOST_OF_200}, "outside"),
        (1, {"memory.oom_control": "oom_kill 1\n"}, "memory"),  # nothing says otherwise
    ],
)  # fmt: skip
def test_a_machine_without_memory_is_told_from_a_box_over_its_limit(tmp_path, version, files, told):
    folder = tmp_path / "box"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    assert ControlGroup({"memory": str(tmp_path)}, version, "box").out_of_memory() == told
