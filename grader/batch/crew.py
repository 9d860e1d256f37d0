"""Who grades for us and who does it well: the runners of a cluster, and the tasks on their way to them.

A runner that fails fast would take most of a class, as it is free before the others are.  So the crew remembers who
failed several times in a row (`FAILURES`), says so, and leaves it in peace for a while (`REST`) as long as there
are others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.batch.serve import versions
from grader.engine.task import GradeTask
from grader.sandbox.cards import GIB, SHARE_BYTES

if TYPE_CHECKING:
    from distributed import Client

AHEAD = 2  # tasks on their way for each slot of the cluster
AT_LEAST = 4
LOOK = 2.0  # seconds between two looks at who is there
FAILURES = 3  # in a row: then a person is told, and other runners are asked first
REST = 120.0  # seconds after the last of them
EITHER = "install there what is installed here, or say --other-versions"
SLOT_BYTES = "grader_slot_bytes"  # a runner announces it beside its resources, where it lends cards


@dataclass(eq=False)
class Sent:
    """A task on its way.

    Parameters
    ----------
    task : GradeTask
    deaths : int
        Runners that it lost.
    failed_on : set of str
        Addresses of the runners that could not grade it.
    failed_alone : int
        How often that was while it was on a runner of its own.
    only : list of str or None
        Runners that may take it; None for all.
    alone_on : str or None
        The runner that has nothing else of ours.
    lost_since : float or None
        Since when none of `only` is there.
    """

    task: GradeTask
    deaths: int = 0
    failed_on: set[str] = field(default_factory=set)
    failed_alone: int = 0
    only: list[str] | None = None
    alone_on: str | None = None
    lost_since: float | None = None


@dataclass
class Crew:
    """The runners that are there.

    Parameters
    ----------
    slots : dict of str to int
        Of each runner that takes our tasks, by its address: those on cards where our tasks want some.
    others : int
        Runners that take none of them.
    unlike : int
        Runners that get none of them, as their Python, packages or source are others than ours.
    cards : int
        Tasks on cards that all runners take at a time.
    slot_bytes : int
        Memory of a card that the course wants for a submission.
    alike : str
        The resource that runners must announce to get our tasks (`grader.batch.serve.alike`); empty where all may.
    """

    slots: dict[str, int] = field(default_factory=dict)
    others: int = 0
    unlike: int = 0
    cards: int = 0
    slot_bytes: int = SHARE_BYTES
    alike: str = ""
    looked: float = float("-inf")
    last_seen: float = 0.0
    strangers: set[str] = field(default_factory=set)
    resource: str = "slot"  # what our tasks need; ``gpu`` where they want cards
    there: set[str] = field(default_factory=set)  # addresses of all runners
    failures: dict[str, int] = field(default_factory=dict)  # in a row, of each runner
    failed_at: dict[str, float] = field(default_factory=dict)

    def look(self, client: Client, said: Callable[[str], None]) -> None:
        """Ask the scheduler, but not all the time; say so where a runner differs from us."""
        now = time.monotonic()
        if now - self.looked < (LOOK if self.slots else 0.2):
            return
        self.looked = now
        workers = client.scheduler_info(n_workers=-1)["workers"]
        runners = {a: known["resources"] for a, known in workers.items() if known["resources"].get("slot")}
        able = {a: int(has[self.resource]) for a, has in runners.items() if has.get(self.resource)}
        found = {a: slots for a, slots in able.items() if not self.alike or runners[a].get(self.alike)}
        for address in able.keys() - self.slots.keys() - self.strangers:
            if differs := self._differs(workers[address]):
                self.strangers.add(address)
                if address in found:
                    said(f"the runner {address} differs, and grades may: {differs}")
                else:
                    said(f"the runner {address} gets nothing of this run, as it differs: {differs}; {EITHER}")
        self.slots, self.there = found, set(runners)
        self.others, self.unlike = len(runners) - len(able), len(able) - len(found)
        self.cards = sum(int(runners[a].get("gpu", 0)) for a in found)
        if found:
            self.last_seen = now

    def _differs(self, runner: dict[str, Any]) -> str:
        """In what a runner is other than we are, for a person."""
        theirs, ours = runner.get("grader", {}), versions()
        told = [
            f"{name} {theirs.get(name)} (here {ours[name]})"
            for name in sorted(ours)
            if ours[name] != theirs.get(name)
        ]
        of_a_card = int(runner.get(SLOT_BYTES, self.slot_bytes))
        if self.resource == "gpu" and of_a_card != self.slot_bytes:
            told.append(
                f"{of_a_card / GIB:.1f} GiB of a card for a submission (here {self.slot_bytes / GIB:.1f}: start it "
                f"with --gpu-slot-bytes {self.slot_bytes})"
            )
        return ", ".join(told)

    def fared(self, runner: str, trouble: Exception | None, said: Callable[[str], None]) -> None:
        """Note what came of a task on a runner; say so where it is one failure too many."""
        if trouble is None or not runner:
            self.failures.pop(runner, None)
            return
        self.failures[runner] = self.failures.get(runner, 0) + 1
        self.failed_at[runner] = time.monotonic()
        if self.failures[runner] == FAILURES:
            last = " ".join(str(trouble).split())[:300] or type(trouble).__name__
            said(f"the runner {runner} has failed {FAILURES} times in a row, the last time with: {last}")

    def asked_first(self) -> list[str] | None:
        """The runners that do well; None where there is no choice to be made."""
        now = time.monotonic()
        well = [
            address
            for address in self.slots
            if self.failures.get(address, 0) < FAILURES or now - self.failed_at[address] > REST
        ]
        return well if 0 < len(well) < len(self.slots) else None

    def is_lost(self, sent: Sent) -> bool:
        """Whether all runners that may take a task have gone, long enough for dask to have said what it knows."""
        if sent.only is None or self.there.intersection(sent.only):
            sent.lost_since = None
            return False
        sent.lost_since = sent.lost_since or time.monotonic()
        return time.monotonic() - sent.lost_since > LOOK

    def want(self, resource: str) -> None:
        """Count by another resource from now on."""
        if resource != self.resource:
            self.resource, self.slots, self.looked = resource, {}, float("-inf")

    @property
    def room(self) -> int:
        """Tasks that may be on their way at once."""
        return max(AT_LEAST, AHEAD * sum(self.slots.values()))
