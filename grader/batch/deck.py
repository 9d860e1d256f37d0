"""Deals shares of cards to tasks: several to a card, spread evenly, and a whole card to one that ran out of memory.

A task that needs a card takes a share before it begins and gives it back at its end, however it ends; so no
card ever holds more kernels than it has room for.  A task that ran out of a card's memory is tried once more
with a card of its own (`alone`): nobody else is on that card meanwhile.  Where cards differ it is a largest one,
so that what fits depends on the machine and not on luck.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.sandbox.cards import SHARE_BYTES, Card, Share, number_of_shares, share_of

AS_LARGE = 0.9  # of the room on the largest card: two of a kind never have the same


@dataclass
class Hand:
    """What is out of one card."""

    card: Card
    capacity: int
    busy: int = 0
    closed: bool = False  # for a task that has it alone, or waits until it has


class Deck:
    """Cards of this machine, and who is on them.  May be used from several threads.

    Parameters
    ----------
    cards : sequence of Card
    share_bytes : int
        Of a card's memory, for one kernel.
    most : int, optional
        Shares of all cards together at most.
    """

    def __init__(
        self, cards: Sequence[Card], share_bytes: int = SHARE_BYTES, most: int | None = None
    ) -> None:
        self.share_bytes = share_bytes
        room = [number_of_shares(card, share_bytes) for card in cards]
        dealt = [0] * len(room)
        left = sum(room) if most is None else min(most, sum(room))
        while left:  # round by round, so that few shares lie on many cards, those with the most room first
            for number in sorted(range(len(room)), key=lambda n: -room[n]):
                if left and dealt[number] < room[number]:
                    dealt[number] += 1
                    left -= 1
        self.hands = [Hand(card, n) for card, n in zip(cards, dealt, strict=True) if n]
        largest = max((share_of(h.card, share_bytes, True).share_bytes for h in self.hands), default=0)
        self._large = [
            h for h in self.hands if share_of(h.card, share_bytes, True).share_bytes >= AS_LARGE * largest
        ]
        self._changed = threading.Condition()

    @property
    def capacity(self) -> int:
        """Kernels that may be on cards at a time."""
        return sum(hand.capacity for hand in self.hands)

    def take(self, alone: bool = False) -> Share | None:
        """A share of the card with the most room, or with `alone` of one that nobody is on; None where there is none."""
        with self._changed:
            fitting = [h for h in self._large if not h.closed and not h.busy] if alone else self._with_room()
            if not fitting:
                return None
            hand = min(fitting, key=lambda h: h.busy / h.capacity)
            hand.closed = alone
            return self._dealt(hand, alone)

    def give(self, share: Share) -> None:
        """Take a share back."""
        with self._changed:
            hand = next(h for h in self.hands if h.card.uuid == share.uuid)
            hand.busy -= 1
            if share.alone:
                hand.closed = False
            self._changed.notify_all()

    def wait(self, alone: bool, go_on: Callable[[], bool]) -> Share | None:
        """As `take`, but wait for it; with `alone` nobody new gets on the card meanwhile.

        Parameters
        ----------
        alone : bool
        go_on : callable
            Asked once a second; None is returned as soon as it says no.
        """
        mine: Hand | None = None
        with self._changed:
            try:
                while go_on():
                    if not alone:
                        if fitting := self._with_room():
                            return self._dealt(min(fitting, key=lambda h: h.busy / h.capacity), False)
                    elif mine is None:
                        mine = min(
                            (h for h in self._large if not h.closed), key=lambda h: h.busy, default=None
                        )
                        if mine is not None:
                            mine.closed = True
                    if mine is not None and mine.busy == 0:
                        got, mine = mine, None
                        return self._dealt(got, True)
                    self._changed.wait(1.0)
            finally:  # whatever `go_on` does, a card is not held back for nobody
                if mine is not None:
                    mine.closed = False
                    self._changed.notify_all()
        return None

    def _with_room(self) -> list[Hand]:
        return [h for h in self.hands if not h.closed and h.busy < h.capacity]

    def _dealt(self, hand: Hand, alone: bool) -> Share:
        hand.busy += 1
        return share_of(hand.card, self.share_bytes, alone)
