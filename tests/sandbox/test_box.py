"""What a student's code finds in its box, and what it does not.  Runs as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

import grader

ROOT = Path(grader.__file__).resolve().parent.parent
SYSCALL = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"


def test_pytorch_and_plots_work(session):
    assert session.value("import torch; (torch.ones(2, 2) @ torch.ones(2, 2)).sum().item()") == "8.0"
    answer = session.run("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")
    assert "image/png" in answer.kinds
    training = """
model = torch.nn.Linear(4, 1); optimizer = torch.optim.AdamW(model.parameters())
for _ in range(3):
    loss = model(torch.rand(8, 4)).square().mean(); optimizer.zero_grad(); loss.backward(); optimizer.step()
from torch.utils.data import DataLoader
print(sum(len(batch) for batch in DataLoader(torch.arange(10.), batch_size=2, num_workers=2)))
"""
    assert session.value(training) == "10"


def test_helper_processes_and_shared_memory_of_sized_files_work(session):
    code = "from multiprocessing import Pool\nwith Pool(2) as pool: print(pool.map(abs, [-1, 2]))"
    assert session.value(code) == "[1, 2]"
    code = "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'import numpy; print(7)']))"
    assert session.value(code) == r"b'7\n'"


def test_the_repository_and_homes_of_the_host_do_not_exist(session):
    for path in (ROOT, ROOT / "reference", ROOT / "tests", "/root", "/var", "/sys", "/boot", Path.home()):
        assert session.value(f"import os; os.path.exists({str(path)!r})") == "False", path
    top = set(session.value("import os; print(*os.listdir('/'))").split())
    assert top <= {
        "usr",
        "bin",
        "sbin",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "etc",
        "proc",
        "dev",
        "home",
        "tmp",
    } | {
        ROOT.parts[1],
        "run",
    }


def test_of_this_package_only_the_untrusted_rooms_can_be_seen(session, zygote):
    rooms = session.value(
        "import grader, os; print(*sorted(os.listdir(os.path.dirname(grader.__file__))))"
    ).split()
    assert set(rooms) <= {"__init__.py", "__pycache__", "inside", "wire", "student"}
    for room in ("engine", "checks", "sandbox", "bridge"):
        assert session.run(f"import grader.{room}").error == "ModuleNotFoundError"
    # no copy of it among the installed packages either
    found = session.value(
        "import os, sys; [d for p in sys.path for d in [os.path.join(p, 'grader', 'engine')] if os.path.exists(d)]"
    )
    assert found == "[]"


def test_processes_of_the_host_cannot_be_seen(session):
    names = session.value(
        "import os\nfor p in sorted(filter(str.isdigit, os.listdir('/proc')), key=int):\n"
        "    print(p, open(f'/proc/{p}/comm').read().strip())"
    )
    assert len(names.splitlines()) <= 4, names  # bubblewrap's init, its cat, the kernel
    assert str(os.getpid()) not in session.value("import os; print(*os.listdir('/proc'))").split()


def test_boxes_do_not_see_each_other(open_session):
    first, second = open_session(), open_session()
    first.value("open('/tmp/secret', 'w').write('42'); open('/dev/shm/secret', 'w').write('42')")
    assert second.value("import os; os.listdir('/tmp'), os.path.exists('/dev/shm/secret')").endswith("False)")
    assert "secret" not in second.value("os.listdir('/tmp')")
    for name in ("pid", "net", "mnt", "user", "ipc", "uts"):
        code = f"import os; os.readlink('/proc/self/ns/{name}')"
        assert len({first.value(code), second.value(code), repr(os.readlink(f"/proc/self/ns/{name}"))}) == 3


def test_the_network_is_loopback_alone(session):
    assert session.value("import os; open('/proc/net/dev').read().count(':')") == "1"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert session.run(code).error == "ConnectionRefusedError"
    assert session.run("import socket; socket.create_connection(('1.1.1.1', 53), 2)").error == "OSError"


def test_no_right_is_left(session):
    status = session.value("print(open('/proc/self/status').read())")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
    assert session.value("import os; os.getuid(), os.getgid()") == "(1000, 1000)"


def test_the_user_on_the_host_is_not_root(session):
    assert os.stat(f"/proc/{session.provisioner.pid}").st_uid != 0


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "/usr/x",
        "/etc/passwd",
        "/dev/x",
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/home/x",
    ],
)
def test_nothing_can_be_written_outside_the_scratch_folders(session, path):
    assert session.run(f"open({path!r}, 'w').write('x')").error in (
        "OSError",
        "PermissionError",
        "FileNotFoundError",
    )


def test_the_python_environment_cannot_be_changed(session):
    code = "import torch; open(torch.__file__, 'a').write('#')"
    assert session.run(code).error in ("OSError", "PermissionError")


@pytest.mark.parametrize("path", ["/home/student/a", "/tmp/a", "/dev/shm/a"])
def test_the_scratch_folders_can_be_written(session, path):
    assert session.value(f"open({path!r}, 'w').write('abc')") == "3"


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("libc.unshare(0x10000000)", "EPERM"),
        ("libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)", "EPERM"),
        ("libc.ptrace(16, 1, 0, 0)", "EPERM"),
        ("libc.memfd_create(b'x', 0)", "ENOSYS"),
        ("libc.syscall(425, 8, None)", "ENOSYS"),  # io_uring_setup
        ("libc.syscall(250, 0, -3, 0)", "ENOSYS"),  # keyctl
        ("libc.socket(40, 1, 0)", "EAFNOSUPPORT"),  # AF_VSOCK
        ("libc.socket(1 << 32 | 40, 1, 0)", "EAFNOSUPPORT"),
        ("libc.socket(16, 3, 12)", "EPROTONOSUPPORT"),  # netfilter
        ("libc.shmget(0, 4096, 0o1600)", "ENOSYS"),
    ],
)
def test_a_system_call_that_no_notebook_needs_is_refused(session, call, number):
    # the same call from outside gets another answer: that one is checked where it is harmless
    answer = session.value(
        SYSCALL + f"import errno; r = {call}; print(r, errno.errorcode.get(ctypes.get_errno()))"
    )
    assert answer == f"-1 {number}"


def test_shared_anonymous_memory_is_refused_and_private_is_not(session):
    assert session.run("import mmap; mmap.mmap(-1, 1 << 20)").error == "OSError"
    assert session.value("import mmap; len(mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE))") == "1048576"


def test_no_path_is_shared_with_the_host(session, zygote):
    """The kernel's sockets are bound outside; nothing can be planted for the host to follow."""
    assert session.value("import os; os.path.exists('/k')") == "False"
    folder = zygote.sockets_folder(session.provisioner._name)
    assert sorted(os.listdir(folder)) == ["s-1", "s-2", "s-3", "s-4", "s-5"]
    assert session.value(f"import os; os.path.exists({folder!r})") == "False"
    writable = session.value(
        "[l.split()[1] for l in open('/proc/mounts') if 'rw' in l.split()[3].split(',') and l.split()[2] != 'tmpfs'"
        " and l.split()[2] not in ('proc', 'devtmpfs', 'devpts')]"
    )
    assert writable == "[]"


def test_the_kernel_inherits_no_descriptor_but_its_own(session):
    kinds = json.loads(
        session.value(
            "import os, json\nfound = []\nfor fd in os.listdir('/proc/self/fd'):\n"
            "    try: found.append(os.readlink('/proc/self/fd/' + fd))\n    except OSError: pass\nprint(json.dumps(found))"
        )
    )
    for kind in kinds:
        assert kind.startswith(("socket:", "pipe:", "anon_inode:", "/dev/null", "/proc/")), kind


def test_no_secret_of_the_host_is_in_the_environment(open_session):
    os.environ["COURSE_SECRET"] = "hunter2"
    session = open_session(env={"NBGRADER_EXECUTION": "autograde", "OMP_NUM_THREADS": "2"})
    names = session.value("import os; print(*os.environ)").split()
    del os.environ["COURSE_SECRET"]
    assert "COURSE_SECRET" not in names and "GRADER_ZYGOTE" not in names
    assert session.value("os.environ['NBGRADER_EXECUTION']") == "'autograde'"
    assert session.value("import torch; torch.get_num_threads()") == "2"


def test_staged_files_are_writable_copies_and_links_are_left_out(open_session, tmp_path):
    (tmp_path / "names.txt").write_text("emma\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    (tmp_path / "link").symlink_to("/etc/shadow")
    (tmp_path / ".hidden").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    session = open_session(home_files=tmp_path)
    assert session.value("import os; sorted(os.listdir())") == "['data', 'names.txt']"
    assert session.value("open('names.txt', 'a').write('x'); open('names.txt').read()") == r"'emma\nx'"
    assert (tmp_path / "names.txt").read_text() == "emma\n"


def test_every_kernel_has_random_numbers_of_its_own(open_session):
    code = "import random, numpy, torch; print(random.random(), numpy.random.rand(), torch.rand(1).item())"
    first, second = (open_session().value(code).split() for _ in range(2))
    assert all(one != two for one, two in zip(first, second, strict=True))


def test_nothing_of_the_session_is_kept_in_a_history_file(session):
    session.value("x = 1")
    assert session.value("get_ipython().history_manager.enabled, In[1]") == "(False, 'x = 1')"
    assert session.value("import glob; glob.glob('/tmp/.ipython/**/history.sqlite', recursive=True)") == "[]"


def test_a_cell_is_interrupted_by_signal(session):
    answer = session.run("import time; time.sleep(30)", seconds=10, interrupt_after=0.3)
    assert answer.error == "KeyboardInterrupt"
    assert session.value("1 + 1") == "2"


FAKE_PROBE = """
from grader.inside.kernel import call_when_readable
import socket, threading
ours, theirs = socket.socketpair()
calls = []
def answer():
    data = theirs.recv(100)
    calls.append((data, threading.current_thread() is threading.main_thread(), done))
    return bool(data)
call_when_readable(theirs, answer)
done = False
"""


def test_the_probe_runs_in_the_main_thread_between_cells(session):
    session.value(FAKE_PROBE)
    waiting = "import asyncio; ours.send(b'x'); await asyncio.sleep(0.3); print(len(calls)); done = True"
    assert session.value(waiting) == "0"  # also a cell that waits is not disturbed
    assert session.value("calls") == "[(b'x', True, True)]"
    assert session.value("ours.send(b'y')") == "1"
    assert session.value("len(calls)") == "2"


def test_the_kernel_outlives_its_bridge(session):
    session.provisioner.bridge.shutdown(socket.SHUT_RDWR)
    assert session.value("1 + 1") == "2"
