"""A driver for tests: cards and processes that a test chooses.  The only stand-in for hardware that we lack."""

from __future__ import annotations

from collections.abc import Sequence

from grader.sandbox.cards import GIB, Card


def card(
    index: int = 0, free: float = 79.0, total: float = 80.0, nodes: tuple[str, ...] = (), single: bool = False
) -> Card:
    """A card with so many GiB."""
    name, uuid = "NVIDIA Test", f"GPU-{index:08d}"
    return Card(index, uuid, name, int(total * GIB), int(free * GIB), nodes, single)


class FakeDriver:
    """Answers as `grader.sandbox.cards.Nvml` does.

    Parameters
    ----------
    cards : sequence of Card
    held : dict of int to int, optional
        Bytes of each process, on every card.
    left_out : list of str
        What is said of cards that cannot be used.
    """

    def __init__(
        self, cards: Sequence[Card] = (), held: dict[int, int] | None = None, left_out: Sequence[str] = ()
    ) -> None:
        self.found, self.held, self.left_out = list(cards), held or {}, list(left_out)

    def cards(self) -> list[Card]:
        return self.found

    def bytes_by_process(self, uuid: str) -> dict[int, int]:
        return dict(self.held)
