"""A class and the device it is graded on: what refuses, what is graded again, what an instructor reads.

The card here is made up: the kernels are real and find none.  tests/gpu has the same with a real one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from grader.batch.deck import Deck
from grader.batch.local import LocalExecutor
from grader.cli.course import open_course
from grader.glue.classwide import ClassAutograde, Ended
from grader.sandbox.cards import GIB, Card, find_cards, torch_knows_cuda

from .tiny_course import ASSIGNMENT, TinyCourse
from .traps import FULL

pytestmark = pytest.mark.slow
CARD = Card(0, "GPU-00000000", "NVIDIA Test", 80 * GIB, 79 * GIB)
OUT_OF_MEMORY = """
class OutOfMemoryError(RuntimeError):
    pass
def square(x):
    return x * x
raise OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
"""


@pytest.fixture
def course(new_course: Callable[..., TinyCourse]) -> TinyCourse:
    made = new_course()
    made.hand_in("anna")
    made.hand_in("ben", square=OUT_OF_MEMORY)
    return made


def graded(course: TinyCourse, device: str) -> dict[str, Ended]:
    """Grade the class as the command does, on a card of which only we know."""
    app = open_course(course.folder)
    app.coursedir.assignment_id = ASSIGNMENT
    converter = ClassAutograde(coursedir=app.coursedir, parent=app)
    converter.choose_device = lambda sources: device
    executor = LocalExecutor(2, lambda: course.zygote)
    executor.use_cards(Deck([CARD], most=2))
    with contextlib.chdir(course.folder):
        try:
            return {e.student: e for e in converter.grade_class(executor, None, lambda n: None)}
        finally:
            executor.close(kill=True)


def test_a_class_on_cards_is_graded_again_where_it_was_graded_on_the_cpu(course: TinyCourse) -> None:
    assert all(e.how == "graded" for e in graded(course, "cpu").values())
    on_card = graded(course, "cuda")
    assert {e.again for e in on_card.values()} == {("settings",)}
    assert all(e.how == "already graded" for e in graded(course, "cuda").values())
    for student in ("anna", "ben"):
        assert course.scores(student)["square"] == FULL["square"]


def test_out_of_gpu_memory_is_in_the_instructors_report(course: TinyCourse) -> None:
    ended = graded(course, "cuda")
    assert ended["anna"].graded["p1"].events == []
    ben = ended["ben"].graded["p1"].events
    assert "ran out of GPU memory" in ben[0] and ben[-1].startswith("it was tried twice")
    assert "tried twice" in course.events("ben")


def test_the_slots_of_a_card_are_no_reason_to_grade_again_on_the_cpu(course: TinyCourse) -> None:
    graded(course, "cpu")
    with open(course.folder / "nbgrader_config.py", "a") as file:
        file.write(f"c.Grading.gpu_slot_bytes = {2 * GIB}\n")
    assert all(e.how == "already graded" for e in graded(course, "cpu").values())
    assert all(e.how == "graded" for e in graded(course, "cuda").values())


def test_cuda_on_a_machine_without_cards_is_refused_in_one_line(course: TinyCourse) -> None:
    if find_cards()[0] and torch_knows_cuda():
        pytest.skip("this machine has a card")
    refused = course.autograde("--device", "cuda")
    assert refused.returncode == 2
    assert "--device cuda: no graphics card can be used" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert course.autograde("--device", "tpu").returncode == 2
    assert course.autograde("--device", "auto").returncode == 0
