"""One real card for all tests here, and kernels in boxes that may use it.

Elsewhere these tests are skipped, and say so; ``make test-gpu`` fails where there is no card.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest
from sandbox.conftest import Session, open_session, temporary_folder, zygote  # noqa: F401

from grader.limits import Limits
from grader.sandbox.cards import GIB, Card, Share, driver, find_cards, share_of, torch_knows_cuda, with_driver

SHARE_BYTES = 4 * GIB


@pytest.fixture(scope="session")
def card() -> Card:
    """The first card of this machine."""
    cards, reason = find_cards()
    if cards and not torch_knows_cuda():
        cards, reason = [], "the PyTorch that is installed here was built without CUDA"
    if cards and cards[0].free_bytes < 4 * SHARE_BYTES:
        cards, reason = [], f"card 0 has less than {4 * SHARE_BYTES / GIB:.0f} GiB free"
    if not cards:
        missing = f"no card to test on: {reason}"
        if "REQUIRE_GPU" in os.environ:  # whoever asked for these tests is not told that all is well
            pytest.fail(missing)
        pytest.skip(missing)
    return cards[0]


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
