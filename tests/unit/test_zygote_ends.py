"""A box has three ends (kernel, holder, the worker's connection); the zygote learns of them in any order."""

from __future__ import annotations

import itertools
import os
import selectors
import socket
import subprocess
import time

import pytest

from grader.inside.zygote import Box, Zygote


def _zygote() -> Zygote:
    """A warm process without boxes, that nothing was imported for."""
    zygote = object.__new__(Zygote)
    zygote.boxes, zygote.group, zygote.selector = [], None, selectors.DefaultSelector()
    return zygote


def _ended_box() -> tuple[Box, socket.socket]:
    """A box of real processes, all ended; and the worker's end of its connection, closed."""
    holder = subprocess.Popen(["true"], stdout=subprocess.PIPE)
    kernel = os.fork()
    if kernel == 0:
        os._exit(3)
    here, there = socket.socketpair()
    box = Box(
        name="one",
        connection=here,
        holder=holder,
        holder_fd=os.pidfd_open(holder.pid),
        init_fd=os.pidfd_open(holder.pid),
        init_pid=holder.pid,
        kernel_pid=kernel,
        kernel_fd=os.pidfd_open(kernel),
        deadline=time.monotonic() + 60,
        cpu_seconds=60,
        memory_bytes=1 << 30,
        control_group=None,
    )
    there.close()
    return box, there


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_ends_of_one_tick_are_taken_in_any_order(order: tuple[int, ...]) -> None:
    zygote = _zygote()
    box, _ = _ended_box()
    ends = [box.kernel_fd, box.holder_fd, box.connection.fileno()]
    zygote.look_after(box)
    limit = time.monotonic() + 10
    while len(ready := [key for key, _ in zygote.selector.select(0)]) < 3:
        assert time.monotonic() < limit
        time.sleep(0.01)
    for key in sorted(ready, key=lambda key: order[ends.index(key.fd)]):
        key.data()
    assert zygote.boxes == [] and box.died["code"] == 3 and box.connection.fileno() == -1
    assert not zygote.selector.get_map()
