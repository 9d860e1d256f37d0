"""Whoever dies, boxes end and nothing is left behind."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.sandbox import cgroup
from grader.sandbox.running import KernelStartError
from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote

LIGHT = ("ipykernel.kernelapp", "grader.inside.kernel", "grader.inside.application")

CLIENT = """
import sys, time
sys.path.insert(0, {tests!r})
from conftest import Session
from grader.sandbox.zygote import Zygote
{start}
session = Session()
session.value("import os\\nfor _ in range(3):\\n    if os.fork() == 0:\\n        os.setsid(); __import__('time').sleep(600)")
print(session.provisioner.pid, Zygote.shared().layout.run, Zygote.shared().pid, flush=True)
time.sleep(600)
"""


UNBOXED = """
import sys, time
sys.path.insert(0, {tests!r})
from conftest import Session
session = Session(mode="none")
print(session.provisioner.pid, session.manager.ip, session.value("print(__import__('os').getcwd())"), flush=True)
time.sleep(600)
"""


def _client(start: str = "", code: str = CLIENT) -> subprocess.Popen[str]:
    code = code.format(tests=str(Path(__file__).parent), start=start)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def _family(pid: int) -> list[int]:
    """Processes in the pid namespace of `pid`."""
    wanted = os.readlink(f"/proc/{pid}/ns/pid")
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{entry}/ns/pid") == wanted:
                found.append(int(entry))
        except OSError:
            continue
    return found


def _gone(pids: list[int], seconds: float = 5) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if not any(os.path.exists(f"/proc/{pid}") for pid in pids):
            return True
        time.sleep(0.02)
    return False


def test_a_killed_worker_takes_its_box_along(zygote):
    client = _client()
    pid = int(client.stdout.readline().split()[0])
    family = _family(pid)
    assert len(family) >= 6  # init, cat, kernel, three detached children
    client.kill()
    client.communicate()
    assert _gone(family)
    assert zygote.is_alive()


@pytest.mark.parametrize("victim", ["zygote", "starter"])
def test_a_killed_zygote_or_starter_takes_all_boxes_along(victim, monkeypatch):
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    client = _client(f"Zygote._shared = Zygote.start({LIGHT!r})")
    pid, run, zygote_pid = client.stdout.readline().split()
    family = [*_family(int(pid)), int(zygote_pid)]
    os.kill(int(zygote_pid) if victim == "zygote" else client.pid, signal.SIGKILL)
    if victim == "starter":
        client.wait()
        assert _gone(family)
    else:
        family.remove(int(zygote_pid))  # a zombie until its parent looks
        assert _gone(family)
    client.kill()
    client.communicate()
    with Zygote.start(LIGHT) as following:  # sweeps what the killed one could not
        assert not os.path.exists(run)
        assert os.path.exists(following.layout.run)
    assert not list(Path("/sys/fs/cgroup").glob(f"**/{Path(run).name}"))


def test_what_a_killed_worker_left_of_a_kernel_without_a_box_is_removed_by_the_next(open_session):
    client = _client(code=UNBOXED)
    pid, sockets, home = client.stdout.readline().split()
    client.kill()
    client.communicate()
    assert _gone([int(pid)])
    assert Path(home).parent == Path(sockets).parent and os.path.exists(home)
    session = open_session(mode="none")
    assert not os.path.exists(Path(home).parent)
    mine = Path(session.manager.ip).parent
    assert mine.exists()
    session.close()
    assert not mine.exists()


def test_a_kernel_whose_zygote_has_gone_is_reported_as_lost(open_session, monkeypatch):
    with Zygote.start(LIGHT) as other:
        monkeypatch.setenv(ADDRESS_VARIABLE, other.address)
        session = open_session()
        os.kill(other.pid, signal.SIGKILL)
        assert session.wait_for_death().kind == "lost"
        session.close()
        with pytest.raises(KernelStartError, match="zygote"):
            open_session()


OWN = "import os; os.kill(os.getpid(), 9)"
CAT = "import os\nfor n in range(2, 50):\n    if n != os.getpid() and os.path.exists(f'/proc/{n}'): os.kill(n, 9)"


@pytest.mark.parametrize(
    ("victim", "kind", "killer"),
    [
        ("kernel", "signal", "unknown"),
        ("itself", "signal", "unknown"),
        ("cat", "signal", "unknown"),
        ("first process", "outside", "outside"),
        ("bubblewrap", "outside", "outside"),
        ("us", "closed", ""),
    ],
)
def test_who_may_have_killed_a_kernel_is_told(open_session, victim, kind, killer):
    session = open_session()
    kernel, first = session.provisioner.pids
    bubblewrap = int(Path(f"/proc/{first}/stat").read_text().rsplit(")", 1)[1].split()[1])
    cat = int(Path(f"/proc/{first}/task/{first}/children").read_text().split()[0])
    pids = {"kernel": kernel, "first process": first, "bubblewrap": bubblewrap, "cat": cat}
    if victim == "itself":
        with pytest.raises(RuntimeError):
            session.run(OWN)
    elif victim == "us":
        session.provisioner.kill_now()
    else:
        os.kill(pids[victim], signal.SIGKILL)
    death = session.wait_for_death()
    assert (death.kind, death.killer) == (kind, killer)


def test_nothing_in_a_box_can_end_it_as_if_from_outside(open_session):
    session = open_session()
    session.run("import os, signal\ntry: os.kill(1, 9)\nexcept OSError: pass")
    assert session.value("1 + 1") == "2"  # its first process lives
    with contextlib.suppress(RuntimeError):
        session.run(CAT)
        session.run(OWN)
    assert session.wait_for_death().killer == "unknown"


def test_without_a_box_our_own_kill_is_told_from_others(open_session):
    for ours in (True, False):
        session = open_session(mode="none")
        if ours:
            session.provisioner.kill_now()
        else:
            os.kill(session.provisioner.pid, signal.SIGKILL)
        assert session.wait_for_death().killer == ("" if ours else "unknown")


def test_a_restarted_kernel_is_a_fresh_one(session):
    session.value("x = 1")
    session.loop.run_until_complete(session.manager.restart_kernel(now=True))
    session.loop.run_until_complete(session.client.wait_for_ready(timeout=30))
    assert session.run("x").error == "NameError"


def _census(zygote: Zygote) -> dict[str, object]:
    gc.collect()
    groups = [
        path
        for root in ("/sys/fs/cgroup",)
        for path in Path(root).glob(f"**/{Path(zygote.layout.run).name}/*")
        if path.is_dir() and path.name != "zygote"
    ]
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "descriptors of the zygote": len(os.listdir(f"/proc/{zygote.pid}/fd")),
        "children of the zygote": Path(f"/proc/{zygote.pid}/task/{zygote.pid}/children").read_text(),
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "sockets": os.listdir(os.path.join(zygote.layout.run, "k")),
        "control groups": groups,
        "temporary files": sorted(Path(tempfile.gettempdir()).iterdir()),
    }


def test_twenty_launches_leave_nothing_behind(zygote, open_session, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    open_session(home_files=tmp_path).close()  # what is made once: threads, caches
    before = _census(zygote)
    for number in range(20):
        session = open_session(home_files=tmp_path)
        if number % 4 == 1:
            with pytest.raises(RuntimeError):
                session.run("import os; os._exit(1)")
        elif number % 4 == 2:
            session.value("open('b', 'wb').write(bytes(1 << 20))")
        session.close()
    after = _census(zygote)
    assert after["control groups"] == [] and after["sockets"] == before["sockets"]
    assert after == before


def test_a_box_that_cannot_be_built_is_an_error_with_bubblewraps_message(zygote, open_session):
    before = _census(zygote)
    with pytest.raises(KernelStartError, match="no-such-device"):
        open_session(device_nodes=("/dev/no-such-device",))
    assert _census(zygote)["children of the zygote"] == before["children of the zygote"]


def test_a_zygote_never_serves_root():
    with pytest.raises(KernelStartError, match="box_uid"):
        if os.geteuid() != 0:
            pytest.skip("only root can choose another user")
        Zygote.start(LIGHT, box_uid=0)


def test_folders_of_living_zygotes_are_not_swept(zygote):
    with Zygote.start(LIGHT):
        assert os.path.exists(zygote.address)
    assert os.path.exists(zygote.address)
    assert Path(zygote.layout.run).name.startswith(cgroup.PREFIX)
