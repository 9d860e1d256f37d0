"""Boxes that show device nodes: what they may more than others, and whom the watchdog counts as theirs.

`/dev/full` is the device here; a real card is for tests/gpu.
"""

from __future__ import annotations

import os
import time

import pytest

from grader.limits import Limits
from grader.sandbox.card_watch import descends
from grader.sandbox.cards import FRACTION, GIB, VISIBLE, Share, with_driver

DEVICE = "/dev/full"
SHARE = Share("GPU-00000000", (DEVICE,), 4 * GIB, 80 * GIB)


@pytest.fixture
def session(open_session):
    """A kernel that is told of a card."""
    limits = with_driver(Limits())
    return open_session(device_nodes=SHARE.nodes, env=SHARE.environment, limits=limits)


def test_the_device_is_there_and_no_other_box_has_it(session, open_session):
    assert session.value(f"import os; os.path.exists({DEVICE!r})") == "True"
    assert (
        session.run(f"open({DEVICE!r}, 'w').write('x' * 10000)").error == "OSError"
    )  # ENOSPC: it was reached
    other = open_session()
    assert other.value("import os; os.environ['CUDA_VISIBLE_DEVICES']") == "''"
    assert other.value("os.path.exists('/sys')") == "False"


def test_cuda_may_map_shared_memory_and_look_at_the_buses(session):
    assert session.value("import mmap; len(mmap.mmap(-1, 1 << 20))") == str(1 << 20)
    assert session.value("import os; os.write(os.memfd_create('x'), b'abc')") == "3"
    # a driver's threads name themselves; where they may not, CUDA's start fails
    assert session.value("open(f'/proc/self/task/{os.getpid()}/comm', 'w').write('cuda')") == "4"
    assert session.value("import os; os.listdir('/sys/bus/pci') != []") == "True"
    assert session.value("os.listdir('/sys/fs')") == "[]"
    assert session.run("open('/sys/fs/x', 'w')").error == "OSError"
    assert session.run("open('/sys/kernel/x', 'w')").error in ("OSError", "PermissionError")


def test_every_other_wall_stands(session):
    code = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); libc.syscall({}) == -1 and ctypes.get_errno()"
    assert session.value(code.format("250, 0, -3, 0")) == "38"  # keyctl: ENOSYS
    assert session.value(code.format("165, 0, 0, 0, 0, 0")) == "1"  # mount
    assert session.run("open('/dev/x', 'w')").error in ("OSError", "PermissionError")
    status = session.value("print(open('/proc/self/status').read())")
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status and "CapEff:\t0000000000000000" in status


def test_the_kernel_knows_its_card_and_pytorch_its_share(session):
    assert session.value(f"import os; os.environ[{VISIBLE!r}]") == repr(SHARE.uuid)
    assert session.value(f"{FRACTION!r} in os.environ") == "False"
    # what PyTorch will do when it first uses the card, and has not done yet
    assert session.value("import torch; torch.cuda.is_initialized()") == "False"
    queued = "sum('_keep_to_the_share' in call.__qualname__ for call, _ in torch.cuda._queued_calls)"
    assert session.value(queued) == "1"


def test_no_fork_is_spoilt_for_cuda(session):
    """PyTorch refuses a card to a process that was forked from one that had used it."""
    assert session.value("import torch; torch.cuda._is_in_bad_fork()") == "False"


START_OTHERS = """
import os, subprocess
child = subprocess.Popen(["sleep", "98765"])
if (middle := os.fork()) == 0:  # an orphan in a session of its own: a child of nobody that is left
    os.setsid()
    subprocess.Popen(["sleep", "98766"])
    os._exit(0)
os.waitpid(middle, 0)
"""


def test_helpers_and_orphans_of_a_box_are_counted_as_its_own(session, open_session):
    session.run(START_OTHERS)
    limit = time.monotonic() + 10
    while (
        len(found := {pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if sleeps(pid)}) < 2
    ):
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert all(descends(pid, session.provisioner.pids) for pid in found)
    other = open_session()
    assert not any(descends(pid, other.provisioner.pids) for pid in found)
    assert descends(session.provisioner.pid, session.provisioner.pids)
    assert not descends(os.getpid(), session.provisioner.pids)


def sleeps(pid: int) -> bool:
    """Whether a process is one of those that the cell has started."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read() in (b"sleep\x0098765\x00", b"sleep\x0098766\x00")
    except OSError:
        return False
