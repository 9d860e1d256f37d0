"""Who gets a card, and who is ended on one: `--device auto|cpu|cuda`, and the watchdog on a card's memory."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from fake_driver import FakeDriver, card

from grader.cli import devices
from grader.cli.devices import choose_device, usable_cards
from grader.errors import SandboxError
from grader.sandbox import cards as cards_module
from grader.sandbox.card_watch import CAUSE, CardWatch, descends, parent_of
from grader.sandbox.cards import (
    GIB,
    NoDriver,
    described,
    share_of,
    torch_knows_cuda,
)

# -- auto, cpu, cuda ------------------------------------------------------------------------------------------


class Executor:
    """As much of a `LocalExecutor` as is asked."""

    jobs, deck = 17, None

    def use_cards(self, deck):
        self.deck = deck


@pytest.fixture
def machine(monkeypatch):
    """Put cards into this machine: ``machine(card(0))``."""

    def put_in(*found, cuda=True):
        monkeypatch.setattr(devices, "torch_knows_cuda", lambda: cuda)
        reason = "" if found else "the driver knows no card"
        monkeypatch.setattr(devices, "find_cards", lambda connect: (list(found), reason))

    return put_in


TORCH, PLAIN = ["import torch\nx = 1"], ["import math\nimport numpy as np"]


@pytest.mark.parametrize(
    ("device", "found", "sources", "chosen"),
    [
        ("auto", [card(0)], TORCH, "cuda"),
        ("auto", [card(0)], ["from transformers import AutoTokenizer"], "cuda"),
        ("auto", [card(0)], PLAIN, "cpu"),
        ("auto", [], TORCH, "cpu"),
        ("cpu", [card(0)], TORCH, "cpu"),
        ("cuda", [card(0)], PLAIN, "cuda"),
    ],
)
def test_the_device_follows_from_choice_cards_and_notebooks(machine, device, found, sources, chosen):
    machine(*found)
    executor = Executor()
    assert choose_device(device, sources, executor, 4 * GIB, lambda line: None) == chosen
    assert (executor.deck is not None) == (chosen == "cuda")


def test_a_line_says_what_is_used(machine):
    machine(card(0), card(1, free=9.5))
    said: list[str] = []
    choose_device("auto", TORCH, Executor(), 4 * GIB, said.append)
    assert said[0].startswith(
        "on 2 cards, 15 + 2 slots: NVIDIA Test (79.0 of 80.0 GiB free): 16 slots of 4.0 GiB"
    )


def test_cuda_without_a_card_is_refused_in_a_sentence(machine):
    machine()
    with pytest.raises(SandboxError, match=r"--device cuda: .* the driver knows no card; --device cpu"):
        usable_cards("cuda")


def test_a_pytorch_without_cuda_uses_no_card(machine):
    machine(card(0), cuda=False)
    assert usable_cards("auto") == []
    with pytest.raises(SandboxError, match="built without CUDA"):
        usable_cards("cuda")


def test_what_pytorch_was_built_for_is_known_without_importing_it():
    code = (
        "import sys; from grader.sandbox.cards import torch_knows_cuda; k = torch_knows_cuda();"
        "assert 'torch' not in sys.modules; import torch; assert k == (torch.version.cuda is not None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert torch_knows_cuda() in (True, False)


def test_cards_are_described_for_a_person():
    assert described([card(0)], 4 * GIB) == "NVIDIA Test (79.0 of 80.0 GiB free): 16 slots of 4.0 GiB"
    assert described([card(0, free=3.0)], 4 * GIB).endswith("1 slot of 2.0 GiB")
    assert described([card(0, free=0.1)], 4 * GIB).endswith("no room")


# -- the watchdog ---------------------------------------------------------------------------------------------

PARENTS = {50: 40, 40: 30, 60: 31, 70: 1, 30: 2, 31: 2, 2: 1, 80: 81, 81: 80}


@pytest.mark.parametrize(
    ("pid", "inside"), [(30, True), (50, True), (60, True), (70, False), (2, False), (99, False), (80, False)]
)
def test_what_a_kernel_started_is_the_kernels(pid, inside):
    assert descends(pid, {30, 31}, lambda p: PARENTS.get(p, 0)) is inside


def test_parents_are_read_off_the_machine():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert parent_of(child.pid) == cards_module.os.getpid()
    assert descends(child.pid, {cards_module.os.getpid()})
    child.communicate()
    assert parent_of(child.pid) == 0


SHARE = share_of(card(0), 4 * GIB)


def watched(held: dict[int, int], roots=(30, 31), seconds=1.0, monkeypatch=None) -> list[str]:
    """Reasons for which a kernel whose processes hold so much was killed."""
    killed: list[str] = []
    watch = CardWatch(SHARE, roots, killed.append, lambda: FakeDriver(held=held))
    watch.start()
    limit = time.monotonic() + seconds
    while not killed and time.monotonic() < limit:
        time.sleep(0.02)
    watch.stop()
    return killed


@pytest.fixture
def tree(monkeypatch):
    monkeypatch.setattr("grader.sandbox.card_watch.parent_of", lambda p: PARENTS.get(p, 0))


def test_a_kernel_within_its_share_lives(tree):
    assert watched({30: 4 * GIB, 99: 70 * GIB, 70: 5 * GIB}) == []


def test_a_kernel_beyond_its_share_and_the_margin_is_ended(tree):
    assert watched({30: 5 * GIB}) == [CAUSE]


def test_helper_processes_count_with_their_kernel(tree):
    assert watched({30: 2 * GIB, 50: 2 * GIB, 60: GIB}) == [CAUSE]


def test_a_driver_that_fails_now_and_then_ends_nobody():
    class Flaky(FakeDriver):
        def bytes_by_process(self, uuid):
            raise OSError("GPU is lost")

    killed: list[str] = []
    watch = CardWatch(SHARE, (30,), killed.append, Flaky)
    watch.start()
    time.sleep(0.6)
    assert watch._thread.is_alive()
    watch.stop()
    assert not killed and not watch._thread.is_alive()


def test_without_a_driver_there_is_no_watch_and_no_harm():
    def connect():
        raise NoDriver("gone")

    watch = CardWatch(SHARE, (30,), lambda reason: None, connect)
    watch.start()
    watch.stop()
