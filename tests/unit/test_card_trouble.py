"""What a submission that is graded on a card goes through, with real kernels and made-up trouble.

There is no card here: a notebook raises what CUDA would have raised, and a driver of ours says what a kernel
holds.  tests/gpu has the same with a real card.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_driver import FakeDriver
from nbformat.v4 import new_code_cell, new_notebook

from grader.engine import runner
from grader.engine.card_trouble import FULL, SENTENCE, errors_of, is_broken, is_full, says_broken, told
from grader.engine.notebook import grade
from grader.engine.task import GradeTask
from grader.limits import Limits
from grader.pytest_plugin.suite import Suite
from grader.result import ExerciseResult, Finding, TestOutcome
from grader.sandbox.card_watch import CAUSE, CardWatch
from grader.sandbox.cards import GIB, Share
from grader.text import Text

SHARE = Share("GPU-00000000", (), 4 * GIB, 80 * GIB)
OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 79.19 GiB"
ASSERT = (
    "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported at some "
    "other API call, so the stacktrace below might be incorrect."
)

# -- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "full", "broken"),
    [
        ("OutOfMemoryError", OUT_OF_MEMORY, True, False),
        ("RuntimeError", "CUDA error: out of memory", True, False),
        (
            "AcceleratorError",
            "CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation'",
            True,
            False,
        ),
        (
            "RuntimeError",
            "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
            True,
            False,
        ),
        ("AcceleratorError", ASSERT, False, True),
        ("RuntimeError", "CUDA error: an illegal memory access was encountered", False, True),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", False, False),
        (
            "RuntimeError",
            "Expected all tensors to be on the same device, but found cuda:0 and cpu!",
            False,
            False,
        ),
        ("MemoryError", "", False, False),  # the machine's own memory
    ],
)
def test_pytorchs_errors_are_told_apart(name, text, full, broken):
    assert (is_full(name, text), is_broken(text)) == (full, broken)


def test_errors_are_read_off_a_cells_outputs():
    outputs = [{"output_type": "stream", "text": "x"}, {"output_type": "error", "ename": "A", "evalue": "b"}]
    assert errors_of(outputs) == [("A", "b")]


def result(finding: Finding | None) -> ExerciseResult:
    """An exercise with one test."""
    return ExerciseResult("f", (TestOutcome("t", Text("t", "t"), 1.0, finding is None, finding),))


def test_a_test_that_ran_out_of_memory_tells_the_student_so():
    finding = Finding("error", Text(f"`f(3)` raised OutOfMemoryError: {OUT_OF_MEMORY}", "-"))
    said = told(result(finding), "").outcomes[0].finding
    assert said.text == SENTENCE and said.misconception == FULL


def test_no_answer_is_the_cards_memory_only_where_the_watchdog_says_so():
    silent = Finding("no answer", Text("The kernel ended", "Le noyau s'est arrêté"))
    assert told(result(silent), "signal").outcomes[0].finding == silent
    assert told(result(silent), CAUSE).outcomes[0].finding.text == SENTENCE
    assert told(result(None), CAUSE) == result(None)
    assert says_broken(result(Finding("error", Text(f"`f(3)` raised AcceleratorError: {ASSERT}", "-"))))


# -- notebooks ------------------------------------------------------------------------------------------------


def graded(*sources: str, suite: Suite | None = None, share: Share = SHARE, **settings):
    """A notebook's cells on a card; a source that begins with ``# test`` is a test cell of `square`."""
    cells = [new_code_cell(s) for s in sources]
    for cell in cells:
        if cell.source.startswith("# test"):
            cell.metadata["nbgrader"] = {
                "grade": True,
                "solution": False,
                "grade_id": "square_tests",
                "points": 4,
            }
    task = GradeTask(
        "anna", "ps1", "p1", new_notebook(cells=cells), sandbox="none", device="cuda", share=share,
        limits=Limits(submission_seconds=120.0), **settings,
    )  # fmt: skip
    return grade(task, suite)


def shown(notebook, index: int) -> str:
    """Text of a cell's streams."""
    return "".join(o.get("text", "") for o in notebook.nb["cells"][index]["outputs"])


@pytest.mark.slow
def test_a_kernel_is_told_its_card_and_nothing_of_ours():
    source = (
        "import os\nprint(os.environ['CUDA_VISIBLE_DEVICES'], *[n for n in os.environ if 'AUTOREGRADE' in n])"
    )
    assert shown(graded(source), 0).split() == [SHARE.uuid]


@pytest.mark.slow
def test_a_cell_that_runs_out_of_the_cards_memory_is_reported():
    found = graded(
        f"class OutOfMemoryError(RuntimeError): pass\nraise OutOfMemoryError({OUT_OF_MEMORY!r})", "print(1)"
    )
    assert found.card_full and found.events == ["cell 1 ran out of GPU memory"]
    assert shown(found, 1) == "1\n"  # the kernel lives on


class Greedy(CardWatch):
    """Watches a kernel that holds 10 GiB, as far as the driver knows."""

    def __init__(self, share, roots, kill):
        super().__init__(share, roots, kill, lambda: FakeDriver(held={min(roots): 10 * GIB}))


@pytest.mark.slow
def test_a_kernel_beyond_its_share_is_ended_and_the_student_reads_why(monkeypatch):
    monkeypatch.setattr(runner, "CardWatch", Greedy)
    found = graded("import time\ntime.sleep(30)", language="fr")
    assert found.card_full
    assert found.events == [f"the kernel died in cell 1 ({CAUSE})", "cell 1 ran out of GPU memory"]
    assert SENTENCE.fr in shown(found, 0)


# An error on a card is told when the card is next asked for something, unless each call waits for its end.
CUDA = f"""
import os
waits, pending = os.environ.get("CUDA_LAUNCH_BLOCKING") == "1", []
def ask(wrong=False):
    if wrong:
        pending.append(1)
    if pending and (waits or not wrong):
        raise RuntimeError({ASSERT!r})
"""


@pytest.mark.slow
def test_a_broken_context_costs_the_cell_that_broke_it_and_no_other():
    found = graded(CUDA, "ask(wrong=True)", "ask()\nprint('innocent')", "ask()\nprint('later')")
    assert found.events == ["the kernel died in cell 2 (a CUDA error broke its use of the card)"]
    assert "innocent" in shown(found, 2) and "later" in shown(found, 3)
    assert "a CUDA error broke" in shown(found, 1)


# -- hidden tests: points do not follow from the machine --------------------------------------------------------

HIDDEN = '''
"""square"""
import pytest, torch
from grader.checks import expect
from grader.wire import Stub
pytestmark = pytest.mark.exercise("square")

def test_of_a_tensor(student, device):
    """Squares a tensor"""
    x = torch.tensor([1.0, 2.0, 3.0])
    assert student.square(x).value.tolist() == [1.0, 4.0, 9.0]
'''
GIVEN = "import torch\ndevice = torch.device('meta')  # as a card here: what is put there cannot meet what is not\n"
ANSWERS = {
    "where its argument is": "def square(x):\n    return x * torch.ones(3, device=x.device) * x",
    "with no thought of devices": "def square(x):\n    return x * torch.ones(3) * x",
    "on the notebook's device": "def square(x):\n    return (x.to(device) * torch.ones(3, device=device) * x.to(device))",
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory) -> Suite:
    folder = tmp_path_factory.mktemp("hidden")
    Path(folder, "test_square.py").write_text(HIDDEN)
    return Suite.collect(folder, folder)


@pytest.mark.slow
@pytest.mark.parametrize("style", ANSWERS)
def test_an_answer_that_is_right_on_the_cpu_is_right_on_a_machine_with_a_card(suite, style):
    found = graded(GIVEN + ANSWERS[style], "# test", "print(device)", suite=suite)
    assert found.scores[0].score == 4
    assert shown(found, 2) == "meta\n"  # the notebook's own name is as it was


@pytest.mark.slow
def test_a_device_that_the_notebook_does_not_have_is_not_given_to_it(suite):
    found = graded("import torch\ndef square(x):\n    return x.to(device) * x", "# test", suite=suite)
    assert found.scores[0].score == 0


@pytest.mark.slow
def test_a_wrong_answer_is_wrong_on_a_machine_with_a_card(suite):
    found = graded(GIVEN + "def square(x):\n    return x + x", "# test", suite=suite)
    assert found.scores[0].score == 0
