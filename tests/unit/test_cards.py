"""Cards without a card: what is found, and how it is shared out."""

from __future__ import annotations

import threading
import time

import pytest
from fake_driver import FakeDriver, card

from grader.batch.deck import Deck
from grader.limits import Limits
from grader.sandbox import cards as cards_module
from grader.sandbox.box import environment, resource_limits
from grader.sandbox.cards import (
    FRACTION,
    GIB,
    HIDDEN,
    VISIBLE,
    NoDriver,
    Share,
    driver_folders,
    find_cards,
    number_of_shares,
    share_of,
    with_driver,
)

# -- finding --------------------------------------------------------------------------------------------------


def found_by(driver: FakeDriver) -> tuple[list[str], str]:
    """Ids of the cards that are found, and why there is none."""
    cards, reason = find_cards(lambda: driver)
    return [c.uuid for c in cards], reason


@pytest.fixture(autouse=True)
def nobody_has_chosen(monkeypatch):
    monkeypatch.delenv(VISIBLE, raising=False)


def test_cards_are_found():
    assert found_by(FakeDriver([card(0), card(1)])) == (["GPU-00000000", "GPU-00000001"], "")


def test_no_driver_is_an_empty_list_and_a_sentence():
    def connect():
        raise NoDriver("no NVIDIA driver answers (Driver Not Loaded)")

    assert find_cards(connect) == ([], "no NVIDIA driver answers (Driver Not Loaded)")


def test_this_machine_can_be_asked_whatever_it_has():
    cards, reason = find_cards()
    assert bool(cards) != bool(reason)


def test_a_driver_that_fails_in_its_own_way_is_a_sentence_too():
    class Broken(FakeDriver):
        def cards(self):
            raise RuntimeError("Function Not Found")

    found, reason = found_by(Broken())
    assert not found and "Function Not Found" in reason


def test_cards_that_cannot_be_used_say_why():
    driver = FakeDriver(left_out=["card 0: it is cut into MIG devices, which are not supported"])
    assert found_by(driver) == ([], "card 0: it is cut into MIG devices, which are not supported")
    assert found_by(FakeDriver())[1] == "the driver knows no card"


def test_full_cards_say_so():
    found, reason = found_by(FakeDriver([card(0, free=0.5)]))
    assert not found and "0.5 GiB free on card 0" in reason


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ("1", [1]),
        ("0,1", [0, 1]),
        ("GPU-00000000", [0]),
        ("GPU-00000001, GPU-00000000", [0, 1]),
        ("0,-1,1", [0]),  # CUDA reads up to the first that is no card
        ("7,1", [1]),  # a number that is none of ours may be a card that cannot be used
        ("", []),
        ("-1", []),
        ("7", []),
        ("NoDevFiles", []),
        ("MIG-1b2c", []),
    ],
)
def test_a_choice_in_the_environment_holds(monkeypatch, chosen, left):
    """Slurm gives a job its cards so, and an instructor can keep one for themselves."""
    monkeypatch.setenv(VISIBLE, chosen)
    found, reason = found_by(FakeDriver([card(0), card(1)]))
    assert found == [f"GPU-{i:08d}" for i in left]
    assert bool(reason) == (not left)
    assert ("MIG device, which is not supported" in reason) == chosen.startswith("MIG")


class FakeNvml:
    """The functions of `pynvml` that we call, for one card of an H100's kind."""

    NVML_COMPUTEMODE_PROHIBITED, NVML_COMPUTEMODE_EXCLUSIVE_PROCESS = 2, 3
    mig, mode = (0, 0), 0

    class NVMLError(Exception):
        pass

    def nvmlDeviceGetCount(self):
        return 1

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    nvmlDeviceGetHandleByUUID = nvmlDeviceGetHandleByIndex

    def nvmlDeviceGetMigMode(self, handle):
        if self.mig is None:
            raise self.NVMLError("Not Supported")
        return self.mig

    def nvmlDeviceGetComputeMode(self, handle):
        return self.mode

    def nvmlDeviceGetMemoryInfo(self, handle):
        class Memory:
            total, free = 80 * GIB, 79 * GIB

        return Memory

    def nvmlDeviceGetMinorNumber(self, handle):
        return 3

    def nvmlDeviceGetUUID(self, handle):
        return b"GPU-abc"

    def nvmlDeviceGetName(self, handle):
        return "NVIDIA H100 80GB HBM3"

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        class Process:
            def __init__(self, pid, held):
                self.pid, self.usedGpuMemory = pid, held

        return [Process(10, 5 * GIB), Process(11, None)]


def nvml(monkeypatch, **settings):
    """A connection to the library above, on a machine with every node."""
    made = cards_module.Nvml.__new__(cards_module.Nvml)
    made.nvml, made.left_out = FakeNvml(), []
    vars(made.nvml).update(settings)
    monkeypatch.setattr(cards_module.os.path, "exists", lambda path: str(path) != "/dev/nvidia-uvm-tools")
    return made


def test_a_card_is_read_off_the_library(monkeypatch):
    (found,) = nvml(monkeypatch).cards()
    assert (found.uuid, found.name, found.total_bytes) == ("GPU-abc", "NVIDIA H100 80GB HBM3", 80 * GIB)
    assert found.nodes == ("/dev/nvidia3", "/dev/nvidiactl", "/dev/nvidia-uvm")
    assert nvml(monkeypatch, mig=None).cards() == [found]  # a card that knows no MIG


def test_memory_by_process_with_what_the_driver_does_not_tell(monkeypatch):
    assert nvml(monkeypatch).bytes_by_process("GPU-abc") == {10: 5 * GIB, 11: 0}


@pytest.mark.parametrize(("settings", "said"), [({"mig": (1, 1)}, "MIG"), ({"mode": 2}, "prohibits")])
def test_a_card_that_cannot_be_used_is_left_out(monkeypatch, settings, said):
    asked = nvml(monkeypatch, **settings)
    assert asked.cards() == [] and said in asked.left_out[0]


def test_a_card_without_its_node_is_left_out(monkeypatch):
    asked = nvml(monkeypatch)
    monkeypatch.setattr(cards_module.os.path, "exists", lambda path: path != "/dev/nvidia-uvm")
    assert asked.cards() == [] and "nvidia-modprobe" in asked.left_out[0]


def test_folders_with_the_drivers_libraries_are_those_that_hold_them(tmp_path):
    (tmp_path / "with").mkdir()
    (tmp_path / "with/libcuda.so.1").touch()
    (tmp_path / "without").mkdir()
    assert driver_folders(f"{tmp_path}/without::{tmp_path}/with") == (str(tmp_path / "with"),)


# -- shares ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "size", "slots"),
    [
        (79.0, 4.0, 16),  # 19 would fit; 16 is the most
        (41.0, 4.0, 10),  # one GiB stays free
        (40.9, 4.0, 9),
        (8.0, 4.0, 1),
        (3.0, 4.0, 1),  # any room at all is one slot
        (1.9, 4.0, 0),
        (79.0, 70.0, 1),
    ],
)
def test_slots_are_memory_divided(free, size, slots):
    assert number_of_shares(card(free=free), int(size * GIB)) == slots


def test_a_card_that_takes_one_process_is_one_slot():
    assert number_of_shares(card(single=True), GIB) == 1


def test_a_share_never_promises_more_than_there_is():
    small = share_of(card(free=3.0, total=4.0), 4 * GIB)
    assert small.share_bytes == 2 * GIB
    everything = share_of(card(), 4 * GIB, alone=True)
    assert everything.share_bytes == 78 * GIB and everything.alone


def test_tensors_and_context_together_fit_into_the_share():
    share = share_of(card(), 4 * GIB)
    tensors = share.fraction * share.total_bytes
    assert 3 * GIB < tensors < 4 * GIB - GIB // 2
    assert share.limit_bytes == 4.5 * GIB
    assert 0 < share_of(card(free=2.0, total=2.0), GIB).fraction < 1


def test_a_box_with_a_card_may_have_what_the_driver_takes():
    plain, more = Limits(), with_driver(Limits())
    assert more.memory_bytes > plain.memory_bytes and more.data_bytes > plain.data_bytes
    assert resource_limits(more)["DATA"][0] == more.data_bytes
    assert "AS" not in resource_limits(more)  # CUDA reserves far more addresses than there is memory


def test_a_kernel_sees_its_own_card_or_none():
    class Layout:
        python, library_path, python_path = "/usr/bin/python3", "", ""

    share = share_of(card(7), 4 * GIB)
    seen = environment(Layout, share.environment)
    assert seen[VISIBLE] == "GPU-00000007" and 0 < float(seen[FRACTION]) < 1
    assert environment(Layout, HIDDEN)[VISIBLE] == ""


# -- the deck -------------------------------------------------------------------------------------------------


def dealt(deck: Deck) -> list[int]:
    """Shares of each card."""
    return [hand.capacity for hand in deck.hands]


@pytest.mark.parametrize(
    ("most", "shares"), [(None, [16, 16, 4]), (6, [2, 2, 2]), (7, [3, 2, 2]), (30, [13, 13, 4]), (1, [1])]
)
def test_shares_are_spread_over_the_cards(most, shares):
    deck = Deck([card(0), card(1), card(2, free=17.5)], 4 * GIB, most)
    assert dealt(deck) == shares and deck.capacity == sum(shares)


def test_few_shares_lie_on_the_largest_cards():
    deck = Deck([card(0, free=9.0), card(1)], 4 * GIB, 1)
    assert [hand.card.index for hand in deck.hands] == [1]


def test_tasks_go_to_the_card_with_the_most_room():
    deck = Deck([card(0), card(1)], 4 * GIB, 4)
    taken = [deck.take() for _ in range(4)]
    assert sorted(s.uuid for s in taken) == ["GPU-00000000"] * 2 + ["GPU-00000001"] * 2
    assert deck.take() is None
    deck.give(taken[2])
    assert deck.take() == taken[2]


def test_alone_means_alone():
    deck = Deck([card(0)], 4 * GIB, 3)
    other = deck.take()
    assert deck.take(alone=True) is None
    deck.give(other)
    whole = deck.take(alone=True)
    assert whole.alone and whole.share_bytes == 78 * GIB
    assert deck.take() is None and deck.take(alone=True) is None
    deck.give(whole)
    assert deck.take() is not None


def test_who_waits_to_be_alone_gets_the_card_and_nobody_gets_on_it_meanwhile():
    deck = Deck([card(0)], 4 * GIB, 3)
    first, second = deck.take(), deck.take()
    got: list[Share] = []
    waiting = threading.Thread(target=lambda: got.append(deck.wait(True, lambda: True)))
    waiting.start()
    until(lambda: deck.hands[0].closed)
    assert deck.take() is None  # there is a third share, but it is held back
    deck.give(first)
    assert not got
    deck.give(second)
    waiting.join(5)
    assert got[0].alone
    deck.give(got[0])
    assert deck.take() is not None


def test_who_no_longer_waits_leaves_the_card_to_others():
    deck = Deck([card(0)], 4 * GIB, 2)
    held = deck.take()
    answers = iter([True, False])
    assert deck.wait(True, lambda: next(answers)) is None
    assert deck.take() is not None
    deck.give(held)


def test_a_card_is_not_held_back_for_somebody_whose_wish_fails():
    deck = Deck([card(0)], 4 * GIB, 2)
    held = deck.take()
    answers = iter([True])  # and then it raises
    with pytest.raises(StopIteration):
        deck.wait(True, lambda: next(answers))
    assert deck.take() is not None
    deck.give(held)


@pytest.mark.parametrize("how", ["take", "wait"])
def test_who_ran_out_of_memory_gets_a_largest_card_where_cards_differ(how):
    deck = Deck([card(0, free=23.5, total=24.0), card(1), card(2, free=78.5)], 4 * GIB)
    get = (lambda: deck.take(True)) if how == "take" else (lambda: deck.wait(True, lambda: True))
    assert {get().uuid, get().uuid} == {"GPU-00000001", "GPU-00000002"}
    assert deck.take(True) is None  # the small one is free, and no help
    assert deck.take().uuid == "GPU-00000000"
    answers = iter([True, False])
    assert deck.wait(True, lambda: next(answers)) is None


def test_waiting_for_a_share_ends_with_the_next_that_is_given_back():
    deck = Deck([card(0)], 4 * GIB, 1)
    held = deck.take()
    threading.Timer(0.2, lambda: deck.give(held)).start()
    assert deck.wait(False, lambda: True) == held


def until(true, seconds: float = 5.0) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.01)
