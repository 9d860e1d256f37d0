"""Ends a kernel that holds more of a card than its share.

PyTorch in the kernel keeps to its share of its own accord; a student can tell it not to, or use another
library, or start a second process.  So a thread of the worker asks the driver (NVML) a few times a second what
each process holds on the card, adds up those of the kernel and of everything it has started, and kills the box
where that is more than the share and a margin.  The driver names processes by their ids on the host.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Mapping

from grader.sandbox.cards import Driver, NoDriver, Share, driver

TICK_SECONDS = 0.25
CAUSE = "GPU memory"  # what a person reads as the reason of the kernel's death
DEEPEST = 64  # generations of processes that are followed upwards


class CardWatch:
    """Calls `kill` once when a kernel's processes hold too much of its card.

    Parameters
    ----------
    share : Share
    roots : collection of int
        Process ids, on the host, of the kernel and of its box's first process.
    kill : callable
        Ends the kernel; gets the reason for a person.  Called in another thread.
    connect : callable
        Gives the driver.
    """

    def __init__(
        self,
        share: Share,
        roots: Collection[int],
        kill: Callable[[str], None],
        connect: Callable[[], Driver] = driver,
    ) -> None:
        self.share, self.roots, self.kill, self.connect = share, set(roots), kill, connect
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="card watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Cease to watch; harmless where it never began."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def held(self, by_process: Mapping[int, int]) -> int:
        """Bytes that the kernel and all that it started hold, of what `Driver.bytes_by_process` gave."""
        return sum(held for pid, held in by_process.items() if descends(pid, self.roots))

    def _watch(self) -> None:
        try:
            asked = self.connect()
        except NoDriver:  # there was one when the share was made; PyTorch's own bound is left
            return
        while not self._stop.wait(TICK_SECONDS):
            with contextlib.suppress(Exception):  # a driver that is busy or restarts answers the next time
                if self.held(asked.bytes_by_process(self.share.uuid)) > self.share.limit_bytes:
                    self.kill(CAUSE)
                    return


def descends(pid: int, roots: Collection[int], parent: Callable[[int], int] | None = None) -> bool:
    """Whether a process is one of `roots` or was started by one.

    An orphan of a box is a child of the box's first process, so that nothing in it gets away.
    """
    parent = parent_of if parent is None else parent
    for _ in range(DEEPEST):
        if pid in roots:
            return True
        if pid <= 1:
            return False
        pid = parent(pid)
    return False


def parent_of(pid: int) -> int:
    """Id of a process's parent; 0 where there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rsplit(b")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return 0
