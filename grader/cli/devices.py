"""Decides what notebooks compute on: ``--device auto|cpu|cuda``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from grader.errors import SandboxError
from grader.sandbox.cards import (
    Card,
    Driver,
    described,
    driver,
    find_cards,
    numbers_of_processes_agree,
    torch_knows_cuda,
)
from grader.sandbox.preload import imported

if TYPE_CHECKING:
    from grader.batch.local import LocalExecutor

DEVICES = ("auto", "cpu", "cuda")
WITHOUT_CUDA = "the PyTorch that is installed here was built without CUDA"
BLIND = (
    "in this container processes have other numbers than the driver knows: a kernel that goes round its share of the "
    "card is not noticed"
)


def check_device(device: str) -> None:
    """Refuse what is no device."""
    if device not in DEVICES:
        raise typer.BadParameter("--device is auto, cpu or cuda")


def usable_cards(device: str, connect: Callable[[], Driver] = driver) -> list[Card]:
    """Cards of this machine to grade on; none for ``cpu``.

    Raises
    ------
    SandboxError
        Where ``cuda`` was asked for and no card can be used.
    """
    if device == "cpu":
        return []
    cards, reason = find_cards(connect) if torch_knows_cuda() else ([], WITHOUT_CUDA)
    if device == "cuda" and not cards:
        raise SandboxError(
            f"--device cuda: no graphics card can be used on this machine: {reason}; --device cpu grades without"
        )
    return cards


def may_use_cards(sources: Sequence[str]) -> bool:
    """Whether notebooks of these cells import what computes on cards."""
    return bool(imported(sources) & {"torch", "transformers"})


def choose_device(
    device: str,
    sources: Sequence[str],
    executor: LocalExecutor,
    share_bytes: int,
    said: Callable[[str], None],
) -> str:
    """``cpu`` or ``cuda`` for an assignment; in the second case the executor gets the cards.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
        ``auto`` takes cards where there are some and the notebooks import PyTorch.
    sources : sequence of str
        Cells of the assignment's notebooks.
    executor : LocalExecutor
        Its number of workers is the most.
    share_bytes : int
        Memory of a card for one kernel.
    said : callable
        Shows a line to a person.
    """
    from grader.batch.deck import Deck

    if device == "auto" and not may_use_cards(sources):
        return "cpu"
    cards = usable_cards(device)
    if not cards:
        return "cpu"
    deck = Deck(cards, share_bytes, executor.jobs)
    executor.use_cards(deck)
    each = " + ".join(str(hand.capacity) for hand in deck.hands)
    number = len(deck.hands)
    said(f"on {number} card{'s' * (number != 1)}, {each} slots: {described(cards, share_bytes)}")
    if not numbers_of_processes_agree():
        said(BLIND)
    return "cuda"
