"""Code that takes too much is stopped, the reason is known, and the next kernel works."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from grader.limits import MIB, Limits
from grader.sandbox.zygote import Zygote


@pytest.fixture(params=["control group", "watchdog"])
def any_zygote(request, zygote, monkeypatch):
    """Both ways to bound memory; an ordinary user has the second only."""
    if request.param == "control group":
        if not zygote.memory_is_enforced:
            pytest.skip("no control group can be had here")
        yield zygote
        return
    with Zygote.start(control_groups=False) as other:
        assert not other.memory_is_enforced
        monkeypatch.setenv("GRADER_ZYGOTE", other.address)
        yield other


MEMORY_HOGS = {
    "heap": "blocks = []\nwhile True: blocks.append(bytearray(8 << 20)); time.sleep(0.01)",
    "many processes": """
import os
for _ in range(6):
    if os.fork() == 0:
        block = bytearray(100 << 20); time.sleep(60); os._exit(0)
time.sleep(60)""",
    "shared file": "f = open('/dev/zero', 'r+b'); import mmap\nm = mmap.mmap(f.fileno(), 1 << 30)\n"
    "for i in range(0, 1 << 30, 4096):\n    m[i] = 1\n    if i % (4 << 20) == 0: time.sleep(0.005)",
}


@pytest.mark.parametrize("kind", MEMORY_HOGS)
def test_a_memory_hog_is_killed_and_the_reason_is_memory(any_zygote, open_session, kind):
    session = open_session(limits=Limits(memory_bytes=400 * MIB, data_bytes=4096 * MIB))
    with pytest.raises(RuntimeError):
        session.run("import time\n" + MEMORY_HOGS[kind] + "\nraise SystemExit", seconds=45)
    assert session.wait_for_death().kind == "memory"
    assert open_session().value("1 + 1") == "2"


@pytest.mark.root
def test_a_kernel_that_a_full_machine_kills_was_not_over_its_own_limit(zygote, open_session):
    session = open_session(limits=Limits(memory_bytes=1024 * MIB, data_bytes=4096 * MIB))
    kinds = (("memory.limit_in_bytes", "memory.usage_in_bytes"), ("memory.max", "memory.current"))
    places = Path("/sys/fs/cgroup").glob(f"**/{Path(zygote.layout.run).name}")
    found = ((place / limit, place / held) for place in places for limit, held in kinds)
    limit, held = next((pair for pair in found if pair[0].exists()), (None, None))
    if limit is None:
        pytest.skip("no control group for memory can be had here")
    before = limit.read_text()
    limit.write_text(str(int(held.read_text()) + 200 * MIB))  # a machine with no more for all boxes together
    try:
        with pytest.raises(RuntimeError):
            session.run("x = bytearray(500 << 20)\nx[::4096] = b'x' * len(x[::4096])")
        assert session.wait_for_death().killer == "outside"
    finally:
        limit.write_text(before)


def test_one_huge_allocation_is_a_memory_error_that_python_can_report(open_session):
    session = open_session(limits=Limits(data_bytes=1024 * MIB))
    assert session.run("x = bytearray(3 << 30)").error == "MemoryError"
    assert session.run("import torch; torch.zeros(1 << 30)").error == "RuntimeError"
    assert session.value("1 + 1") == "2"


def test_code_that_ignores_interrupts_is_killed_and_the_reason_is_time(open_session):
    session = open_session(limits=Limits(submission_seconds=2.0))
    start = time.monotonic()
    with pytest.raises(RuntimeError):
        session.run(
            "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\nwhile True: time.sleep(1)",
            interrupt_after=0.3,
            seconds=20,
        )
    assert session.wait_for_death().kind == "time"
    assert time.monotonic() - start < 10


def test_cpu_time_is_bounded(open_session):
    session = open_session(limits=Limits(cpu_seconds=1))
    with pytest.raises(RuntimeError):
        session.run("while True: pass", seconds=20)
    assert session.wait_for_death().kind == "cpu"


def test_a_fork_bomb_is_contained(open_session):
    neighbour = open_session()
    session = open_session(limits=Limits(processes=64, submission_seconds=6.0))
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    with pytest.raises((RuntimeError, TimeoutError)):
        session.run(bomb, seconds=15)
    start = time.monotonic()
    assert neighbour.value("1 + 1") == "2"
    assert time.monotonic() - start < 10
    assert session.wait_for_death().kind in ("time", "memory")


def test_the_disk_is_bounded(open_session):
    session = open_session(limits=Limits(disk_bytes=32 * MIB, shm_bytes=8 * MIB))
    for folder in ("/home/student", "/tmp", "/dev/shm"):
        code = f"with open('{folder}/big', 'wb') as f:\n    for _ in range(100): f.write(bytes(1 << 20))"
        assert session.run(code).error == "OSError"
    assert session.value("1 + 1") == "2"


def test_one_file_is_bounded(open_session):
    session = open_session(limits=Limits(file_bytes=1 * MIB))
    assert session.run("open('big', 'wb').write(bytes(2 << 20))").error == "OSError"


def test_open_files_are_bounded(open_session):
    session = open_session(limits=Limits(open_files=128))
    assert session.run("files = [open('/dev/null') for _ in range(200)]").error == "OSError"


def test_a_message_above_the_size_limit_never_arrives(open_session):
    session = open_session()
    with pytest.raises((RuntimeError, TimeoutError)):
        session.run(
            "from IPython.display import display; display({'text/plain': 'x' * (40 << 20)}, raw=True)",
            seconds=3,
        )


def test_how_a_kernel_ended_is_told(open_session):
    session = open_session()
    with pytest.raises(RuntimeError):
        session.run("import os; os._exit(3)")
    death = session.wait_for_death()
    assert (death.kind, death.code) == ("exit", 3)
    session = open_session()
    with pytest.raises(RuntimeError):
        session.run("import ctypes; ctypes.string_at(0)")
    death = session.wait_for_death()
    assert (death.kind, death.code) == ("signal", -11)
