"""One real card for all tests here, and kernels in boxes that may use it.

Elsewhere these tests are skipped before anything of theirs is started, and a last line says that nothing was tested
on a card; with ``REQUIRE_GPU=1`` a card that is missing is a failure.  Beside other tests (pytest-xdist) they are
skipped as well: on the card there must be nobody whom a test did not put there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from sandbox.conftest import Session, open_session, temporary_folder, zygote  # noqa: F401

from grader.cli.devices import WITHOUT_CUDA
from grader.limits import Limits
from grader.sandbox.cards import GIB, Card, Share, driver, find_cards, share_of, torch_knows_cuda, with_driver

SHARE_BYTES = 4 * GIB
skipped: list[str] = []  # of each test here that was set up: why it was skipped, or nothing where it was not


@cache
def first_card() -> tuple[Card | None, str]:
    """The first card of this machine, or why there is none to test on."""
    cards, reason = find_cards()
    if not cards:
        return None, reason
    if not torch_knows_cuda():
        return None, WITHOUT_CUDA
    if cards[0].free_bytes < 4 * SHARE_BYTES:
        return None, f"card 0 has less than {4 * SHARE_BYTES / GIB:.0f} GiB free"
    return cards[0], ""


def pytest_runtest_setup() -> None:
    """Skip each test here where there is no card."""
    found, reason = first_card()
    if found is None and os.environ.get("REQUIRE_GPU", "0") not in ("", "0"):
        pytest.fail(f"no card to test on: {reason}", pytrace=False)
    if found is None:
        pytest.skip(f"no card to test on: {reason}")
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("there is a card, and these tests want it for themselves: `make test-gpu` runs them")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note why a test here was skipped, or that it was not; it may have run in a process of pytest-xdist's."""
    folder = Path(report.nodeid.partition("::")[0]).parent
    if report.when == "setup" and folder.name == Path(__file__).parent.name:
        skipped.append(str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else "")


def pytest_unconfigure() -> None:
    """Say so after everything else, where all were skipped."""
    if skipped and all(skipped) and "PYTEST_XDIST_WORKER" not in os.environ:
        why = skipped[0].removeprefix("Skipped: ").removeprefix("no card to test on: ")
        print(f"Nothing was tested on a graphics card: {why}")


@pytest.fixture(scope="session")
def card() -> Card:
    """The first card of this machine."""
    found, _ = first_card()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def share(card: Card) -> Share:
    """A share of 4 GiB."""
    return share_of(card, SHARE_BYTES)


@pytest.fixture(autouse=True)
def nothing_is_left(card: Card) -> Iterator[None]:
    """After each test nobody is on the card who was not there before."""
    before = set(on_card(card))
    yield
    limit = time.monotonic() + 10
    while left := set(on_card(card)) - before:
        assert time.monotonic() < limit, f"processes left on the card: {left}"
        time.sleep(0.1)


def on_card(card: Card) -> dict[int, int]:
    """Bytes that each process holds on the card."""
    return driver().bytes_by_process(card.uuid)


@pytest.fixture
def open_on_card(open_session: Callable[..., Session], share: Share) -> Callable[..., Session]:  # noqa: F811
    """Start a kernel in a box with a share of the card, as the engine does."""

    def start(**settings: object) -> Session:
        limits = with_driver(Limits())
        return open_session(device_nodes=share.nodes, env=share.environment, limits=limits, **settings)

    return start
