"""Submissions graded on a real card: shares, the watchdog, once more alone, faults, and a class of mini_gpt."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.batch.deck import Deck
from grader.batch.local import ALONE_AGAIN, ALONE_WELL, LocalExecutor
from grader.engine.card_trouble import SENTENCE
from grader.engine.notebook import grade
from grader.engine.task import GradeTask
from grader.limits import Limits
from grader.result import GradedNotebook
from grader.sandbox.card_watch import CAUSE
from grader.sandbox.cards import GIB, Card
from grader.sandbox.zygote import Zygote

from .conftest import SHARE_BYTES, on_card

pytestmark = [pytest.mark.slow, pytest.mark.gpu]
WORKS = "import torch\nprint(int(torch.ones(1000, device='cuda').sum()))"


def task(student: str, *sources: str) -> GradeTask:
    """A notebook of these cells."""
    nb = new_notebook(cells=[new_code_cell(s) for s in sources])
    limits = Limits(submission_seconds=120.0)
    return GradeTask(student, "ps1", "p1", nb, device="cuda", limits=limits)


def shown(graded: GradedNotebook, index: int = 0) -> str:
    """Text of a cell's streams."""
    return "".join(o.get("text", "") for o in graded.nb["cells"][index]["outputs"])


@pytest.fixture
def executor(zygote: Zygote, card: Card) -> Iterator[Callable[[int], LocalExecutor]]:
    """``executor(3)``: three workers on the card."""
    made: list[LocalExecutor] = []

    def make(jobs: int) -> LocalExecutor:
        made.append(LocalExecutor(jobs, lambda: zygote.address))
        made[-1].use_cards(Deck([card], SHARE_BYTES, jobs))
        return made[-1]

    yield make
    for one in made:
        one.close(kill=True)


def graded(executor: LocalExecutor, *tasks: GradeTask) -> dict[str, GradedNotebook]:
    """Results by student."""
    found = dict((t.student, result) for t, result in executor.run(tasks))
    assert all(isinstance(r, GradedNotebook) for r in found.values()), found
    assert found.keys() == {t.student for t in tasks}
    return found  # type: ignore[return-value]


class Onlooker:
    """Notes who is on a card, ten times a second."""

    def __init__(self, card: Card) -> None:
        self.card, self.seen, self.most = card, set[int](), 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Onlooker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            now = on_card(self.card)
            self.most = max(self.most, len(now))
            self.seen.update(now)


def test_a_card_is_shared_and_only_kernels_are_on_it(executor, card, zygote):
    stay = WORKS + "\nimport time\ntime.sleep(3)"
    three = executor(3)
    with Onlooker(card) as onlooker:
        found = graded(three, *(task(f"s{n}", stay) for n in range(6)))
    assert all(shown(r) == "1000\n" and r.events == [] for r in found.values())
    assert 2 <= onlooker.most <= 4  # one that ends may be there a moment beside the next
    workers = {p.pid for pool in three.slots if pool for p in pool._processes.values()}
    assert len(onlooker.seen) == 6 and not onlooker.seen & {os.getpid(), zygote.pid, *workers}


# PyTorch is told to forget its share, as a student can.
TAKE = """
import torch, time
torch.cuda.set_per_process_memory_fraction(1.0)
kept = torch.zeros({bytes}, dtype=torch.uint8, device="cuda")
torch.cuda.synchronize()
time.sleep(5)
print("kept")
"""


def test_a_kernel_that_goes_round_its_share_is_ended_and_tried_alone(executor):
    found = graded(executor(2), task("greedy", TAKE.format(bytes=6 * GIB)), task("other", WORKS))
    assert shown(found["greedy"]) == "kept\n"  # 6 GiB are no trouble for a card of one's own
    assert found["greedy"].events == [ALONE_WELL] and not found["greedy"].card_full
    assert shown(found["other"]) == "1000\n" and found["other"].events == []


# A process of its own, which knows no share and takes all that it gets.
FILL = """
import torch, time
kept = []
try:
    while True:
        kept.append(torch.zeros(1 << 29, dtype=torch.uint8, device="cuda"))
except torch.OutOfMemoryError:
    pass
torch.cuda.synchronize()
time.sleep(20)
"""


def test_the_watchdog_counts_what_helper_processes_take(executor):
    cell = f"import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', {FILL!r}]).returncode)"
    found = graded(executor(1), task("helped", cell))["helped"]
    # The cell itself raises nothing: only the watchdog can have asked for a second try.  Alone it harms nobody.
    assert found.events == [ALONE_WELL] and shown(found) == "0\n"


def test_the_student_and_the_instructor_read_that_it_was_the_cards_memory(zygote, share):
    found = grade(replace(task("greedy", TAKE.format(bytes=6 * GIB), WORKS), share=share), None)
    assert found.card_full
    assert found.events == [f"the kernel died in cell 1 ({CAUSE})", "cell 1 ran out of GPU memory"]
    assert SENTENCE.en in shown(found) and shown(found, 1) == "1000\n"


def test_out_of_memory_is_told_and_tried_once_more_with_the_whole_card(executor, card):
    takes = "import torch\nx = torch.zeros({}, dtype=torch.uint8, device='cuda')\nprint('kept')"
    fits, never = takes.format(8 * GIB), takes.format(2 * card.total_bytes)
    began = time.monotonic()
    found = graded(executor(2), task("fits", fits), task("never", never), task("other", WORKS))
    assert found["fits"].events == [ALONE_WELL] and shown(found["fits"]) == "kept\n"
    assert found["never"].events == ["cell 1 ran out of GPU memory", ALONE_AGAIN]
    assert found["other"].events == [] and shown(found["other"]) == "1000\n"
    assert time.monotonic() - began < 120


def test_a_fault_on_the_card_costs_its_own_cell_and_no_other_submission(executor):
    wrong = "table = torch.nn.Embedding(10, 4).cuda()\ny = table(torch.tensor([99]).cuda())"
    broken = task("broken", WORKS, wrong, "y.sum().item()", WORKS)
    one = executor(1)  # the same worker, one after the other
    found = graded(one, task("before", WORKS), broken, task("after", WORKS))
    assert shown(found["before"]) == shown(found["after"]) == "1000\n"
    assert found["before"].events == found["after"].events == []
    assert shown(found["broken"], 0) == shown(found["broken"], 3) == "1000\n"
    assert any("cell 2 (a CUDA error broke its use of the card)" in e for e in found["broken"].events)


def test_a_class_of_right_answers_gets_full_points_on_the_card(card, tmp_path: Path):
    """The notebook's given code takes the card; the real command, five styles of right answers."""
    from benchmarks.throughput import course, run, scores

    place = course(tmp_path / "course", 10, stock=False, short=False)
    right = [f"student{n:03d}" for n in range(0, 10, 2)]
    with Onlooker(card) as onlooker:
        command = ["grader", "autograde", "mini_gpt", "--device", "cuda", "--jobs", "3"]
        run([*command, "--students", ",".join(right)], place)
    assert onlooker.most >= 1, "nobody was on the card"
    found = scores(place)
    assert {s: found[s] for s in right} == dict.fromkeys(right, 20.0)
    notebook = (place / f"autograded/{right[0]}/mini_gpt/part1_from_scratch.ipynb").read_text()
    assert "on cuda" in notebook
    # and there is nothing to do for the same class on the same kind of device
    run([*command, "--students", ",".join(right)], place)
