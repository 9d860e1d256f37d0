"""Tasks on cards: as many at a time as there are shares, and one that ran out of memory once more, alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tarfile import ReadError

import pretended
import pytest
from fake_driver import card
from nbformat.v4 import new_code_cell, new_notebook

from grader.batch import local
from grader.batch import runner as runners
from grader.batch.cluster import Crew
from grader.batch.deck import Deck
from grader.batch.local import ALONE_AGAIN, ALONE_WELL, LocalExecutor
from grader.batch.runner import Runner
from grader.batch.serve import versions
from grader.engine.task import GradeTask
from grader.errors import SandboxError
from grader.result import GradedNotebook
from grader.sandbox.cards import GIB

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Stay:
    """Somebody's time on a card."""

    began: float
    ended: float
    uuid: str
    alone: bool
    student: str


def stays(folder: Path) -> list[Stay]:
    """Who was on which card when."""
    rows = [line.split() for line in (folder / "log").read_text().splitlines()]
    return [Stay(float(b), float(e), uuid, alone == "True", who) for b, e, uuid, alone, who in rows]


def at_a_time(found: list[Stay]) -> int:
    """The most that were on one card at once."""
    return max(sum(o.uuid == s.uuid and o.began <= s.began < o.ended for o in found) for s in found)


@pytest.fixture
def task(tmp_path: Path) -> Callable[..., GradeTask]:
    """``task("anna", needs=5 * GIB)``"""
    return lambda student, **does: GradeTask(
        student, "ps1", "p1", does, home=str(tmp_path), device="cuda", sandbox="none"
    )


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., LocalExecutor]]:
    """``executor(cards, jobs)`` with shares of 4 GiB; its task function pretends."""
    monkeypatch.setattr(local, "grade_task", pretended.grade)
    made: list[LocalExecutor] = []

    def make(cards, jobs=3):
        made.append(LocalExecutor(jobs, None))
        made[-1].use_cards(Deck(cards, 4 * GIB, jobs))
        return made[-1]

    yield make
    for one in made:
        one.close(kill=True)


def graded(executor: LocalExecutor, tasks: list[GradeTask]) -> dict[str, GradedNotebook | Exception]:
    """Results by student; each task ends once."""
    found = list(executor.run(tasks))
    assert len(found) == len(tasks)
    return {t.student: result for t, result in found}


def test_no_card_holds_more_tasks_than_it_has_shares(executor, task, tmp_path):
    two = executor([card(0), card(1, free=9.5)], jobs=4)  # the second has room for two
    tasks = [task(f"s{n}", seconds=0.3) for n in range(8)]
    assert all(not r.card_full for r in graded(two, tasks).values())
    found = stays(tmp_path)
    assert len(found) == 8 and at_a_time(found) <= 2 and not any(s.alone for s in found)
    assert {s.uuid for s in found} == {"GPU-00000000", "GPU-00000001"}


def test_out_of_memory_is_tried_once_more_alone_and_the_others_do_not_wait(executor, task, tmp_path):
    tasks = [task("big", needs=20 * GIB), *(task(f"s{n}", seconds=0.2) for n in range(5))]
    results = graded(executor([card(0)]), tasks)
    assert results["big"].events == [ALONE_WELL] and not results["big"].card_full
    assert all(results[f"s{n}"].events == [] for n in range(5))
    found = stays(tmp_path)
    (alone,) = (s for s in found if s.alone)
    assert alone.student == "big" and sum(s.student == "big" for s in found) == 2
    assert not any(s.began < alone.ended and s.ended > alone.began for s in found if s is not alone)
    assert alone.began >= max(s.ended for s in found if s is not alone)


def test_what_runs_out_of_memory_again_stands_with_its_reason(executor, task, tmp_path):
    results = graded(executor([card(0)]), [task("huge", needs=500 * GIB), task("small")])
    assert results["huge"].card_full and results["huge"].events == [ALONE_AGAIN]
    assert [s.student for s in stays(tmp_path)].count("huge") == 2


def test_a_class_of_which_everybody_runs_out_of_memory_comes_to_its_end(executor, task, tmp_path):
    tasks = [task(f"s{n}", needs=20 * GIB, seconds=0.1) for n in range(5)]
    results = graded(executor([card(0), card(1)]), tasks)
    assert all(r.events == [ALONE_WELL] for r in results.values())
    found = [s for s in stays(tmp_path) if s.alone]
    assert len(found) == 5 and at_a_time(found) == 1
    assert {s.uuid for s in found} == {"GPU-00000000", "GPU-00000001"}  # two at a time, on a card each


@pytest.mark.parametrize("when", ["beside others", "alone"])
def test_a_worker_that_dies_loses_neither_the_task_nor_its_share(executor, task, tmp_path, when):
    tasks = [task("unlucky", needs=20 * GIB, dies=when), task("other")]
    results = graded(executor([card(0)], jobs=2), tasks)
    assert results["unlucky"].events == [ALONE_WELL]
    assert isinstance(results["other"], GradedNotebook)


def test_every_share_is_given_back(executor, task):
    one = executor([card(0)])
    graded(one, [task("a", needs=20 * GIB), task("b"), task("c", dies="beside others")])
    assert [(hand.busy, hand.closed) for hand in one.deck.hands] == [(0, False)]


def test_a_task_for_a_card_without_cards_is_an_error_of_ours():
    one = LocalExecutor(1, None)
    nb = new_notebook(cells=[new_code_cell("1")])
    try:
        ((_, result),) = one.run([GradeTask("a", "ps1", "p1", nb, device="cuda", sandbox="none")])
    finally:
        one.close(kill=True)
    assert isinstance(result, SandboxError) and "was given none" in str(result)


def test_a_worker_itself_sees_no_card(executor, task, monkeypatch):
    """References are computed on the CPU; a context of the worker's would outlive each submission."""
    monkeypatch.setattr(local, "grade_task", pretended.look_around)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    seen = graded(executor([card(0)], jobs=1), [task("a")])["a"].nb
    assert seen == {"visible": "", "used": False, "available": False}


# -- a runner's ----------------------------------------------------------------------------------------------


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Runner]]:
    """``runner(deck)`` with two slots."""
    monkeypatch.setattr(local, "grade_task", pretended.grade)
    made: list[Runner] = []

    def make(deck):
        made.append(Runner(2, None, deck))
        return made[-1]

    yield make
    for one in made:
        if not one.closing:
            one.close()


def test_a_runner_tries_once_more_alone_too(runner, task, tmp_path):
    from threading import Thread

    one = runner(Deck([card(0)], 4 * GIB, 2))
    assert one.cards == 2
    results: dict[str, object] = {}

    def grade(what: GradeTask) -> None:
        results[what.student] = one.grade(what, None, None, lambda: True)

    work = [Thread(target=grade, args=(t,)) for t in (task("big", needs=20 * GIB), task("a", seconds=1.0))]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(60)
    assert results["big"].events == [ALONE_WELL] and results["a"].events == []
    (alone,) = (s for s in stays(tmp_path) if s.alone)
    assert not any(s.began < alone.ended and s.ended > alone.began for s in stays(tmp_path) if s != alone)
    assert one.slots.deck.hands[0].busy == 0


def test_a_runner_whose_cards_differ_tries_again_on_the_largest(runner, task, tmp_path):
    one = runner(Deck([card(0, free=9.5, total=10.0), card(1)], 4 * GIB))
    for number in range(2):
        result = one.grade(task(f"big{number}", needs=20 * GIB), None, None, lambda: True)
        assert result.events == [ALONE_WELL] and not result.card_full
    assert {s.uuid for s in stays(tmp_path) if s.alone} == {"GPU-00000001"}


def test_a_runner_gives_back_slot_and_share_whatever_becomes_of_a_task(runner, task):
    one = runner(Deck([card(0)], 4 * GIB, 2))
    for _ in range(3):  # it has two slots
        with pytest.raises(ReadError):
            one.grade(task("broken"), b"no archive", None, lambda: True)
        assert one.grade(task("unwanted", seconds=9.0), None, None, lambda: False) is None
        nowhere = replace(task("fails"), home="/nonexistent")
        assert isinstance(one.grade(nowhere, None, None, lambda: True), FileNotFoundError)
    assert isinstance(one.grade(task("well"), None, None, lambda: True), GradedNotebook)
    assert [(hand.busy, hand.closed) for hand in one.slots.deck.hands] == [(0, False)]


def test_a_task_that_comes_while_a_runner_ends_goes_back(runner, task):
    one = runner(Deck([card(0)], 4 * GIB, 2))
    one.close()
    assert one.grade(task("late"), None, None, lambda: True) is None


def test_a_runner_without_a_card_says_so(runner, task):
    assert runners.here is None
    result = runner(None).grade(task("a"), None, None, lambda: True)
    assert isinstance(result, SandboxError) and "no graphics card" in str(result)


class Scheduler:
    """Tells who is there, as a dask client does."""

    def __init__(self, **resources: dict[str, int]) -> None:
        self.workers = {name: {"resources": r, "grader": versions()} for name, r in resources.items()}

    def scheduler_info(self, n_workers: int) -> dict[str, object]:
        return {"workers": self.workers}


def test_tasks_for_cards_wait_for_runners_with_cards():
    pytest.importorskip("distributed")
    client = Scheduler(plain={"slot": 4}, cards={"slot": 8, "gpu": 2}, stranger={"other": 1})
    crew = Crew()
    crew.look(client, lambda line: None)
    assert crew.slots == {"plain": 4, "cards": 8}
    crew = Crew(resource="gpu")
    crew.look(client, lambda line: None)
    assert crew.slots == {"cards": 2}
