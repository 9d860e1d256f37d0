"""Watches how much memory this process takes while a student's kernel may send to it.

libzmq reads messages before anybody asks for them: each channel holds dozens of large ones, and one
message may have any number of parts, which no option of a socket bounds.  So a thread looks at our own
memory, and a kernel that fills it is killed; what it sent is freed with the sockets.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

GROWTH = 1 << 30  # bytes over the start; an honest reply of 64 MiB, decoded, needs about half of it
TICK_SECONDS = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """Memory of this process that is in RAM."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * _PAGE


class Appetite:
    """Calls `kill` once when this process has grown by more than `GROWTH` since `start`.

    Parameters
    ----------
    kill : callable
        Ends the kernel; gets the reason for a person.  Called in another thread.
    """

    def __init__(self, kill: Callable[[str], None]) -> None:
        self.kill = kill
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="appetite", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._limit = resident_bytes() + GROWTH
        self._thread.start()

    def stop(self) -> None:
        """Cease to watch; harmless where it never began."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            if resident_bytes() > self._limit:
                self.kill("output")
                return
