"""A kernel that runs: what the provisioner holds of it, in a box or (``--sandbox none``) without.

Both kinds are started with the same two sockets, *control* (settings in, ``ready`` out) and *bridge*, and
are asked the same four things: is it dead and of what, pass on a signal, kill it, clean up.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grader

START_SECONDS = 60.0
CHANNELS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}  # name to "port" of a Unix socket
ERROR_BYTES = 16_384


class KernelStartError(RuntimeError):
    """A kernel could not be started; the text says why, for a person."""


@dataclass(frozen=True)
class Death:
    """Why a kernel ended.

    Parameters
    ----------
    kind : str
        ``"exit"``, ``"signal"``, ``"memory"``, ``"time"`` (of the submission), ``"cpu"``, ``"closed"`` (by us),
        ``"outside"`` (killed by the machine or a person, certainly not by code in the box) or ``"lost"`` (the
        zygote has gone).
    detail : str
        One sentence for a person.
    code : int
        Exit status; negative: the signal that ended it.
    """

    kind: str
    detail: str
    code: int

    @classmethod
    def of(cls, kind: str, code: int) -> Death:
        """The death of that kind, with its sentence."""
        try:
            name = signal.Signals(-code).name if code < 0 else ""
        except ValueError:
            name = f"signal {-code}"
        details = {
            "exit": f"The kernel ended itself with exit status {code}.",
            "signal": f"The kernel was ended by {name} (a crash in native code, or the code ended it).",
            "outside": "The box was killed from outside, by the machine or by a person.",
            "memory": "The code used more memory than a submission may.",
            "time": "The submission took longer than it may.",
            "cpu": "The code used more CPU time than it may.",
            "closed": "The kernel was shut down.",
            "lost": "The process that forks kernels has gone.",
        }
        return cls(kind, details.get(kind, kind), code)

    @property
    def killer(self) -> str:
        """Who killed the kernel without a limit as the cause and without us.

        Returns
        -------
        str
            ``"unknown"``: the code itself, or somebody outside (the machine, where it has no memory left); no trace
            tells them apart.  ``"outside"``.  Empty where it was not killed, or for a known cause.
        """
        if self.kind == "signal" and self.code == -signal.SIGKILL:
            return "unknown"
        return "outside" if self.kind == "outside" else ""


def exchange_settings(control: socket.socket, settings: dict[str, Any]) -> None:
    """Send a starting kernel its settings and wait until its sockets are bound.

    Raises
    ------
    KernelStartError
        Where it fails, ends or does not answer in time.
    """
    control.settimeout(START_SECONDS)
    answer = b""
    try:
        with contextlib.suppress(BrokenPipeError):  # it ended already, and its reason waits to be read
            control.sendall(json.dumps(settings).encode() + b"\n")
        while not answer.endswith(b"\n") and len(answer) < ERROR_BYTES:
            piece = control.recv(4096)
            if not piece:
                break
            answer += piece
    except OSError as error:
        raise KernelStartError(f"the kernel did not start: {error}") from error
    if answer != b"ready\n":
        raise KernelStartError(
            "the kernel did not start: " + (answer.decode(errors="replace").strip() or "it ended")
        )


@contextlib.contextmanager
def bind_channels(folder: str) -> Iterator[dict[str, int]]:
    """Bind and listen on ``<folder>/s-<port>`` for each channel; the descriptors are closed at the end.

    The files stay: they are the kernel's address.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as stack:
        descriptors = {}
        for channel, port in CHANNELS.items():
            path = os.path.join(folder, f"s-{port}")
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)  # of a kernel that is restarted
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(path)
            listener.listen(64)
            descriptors[channel] = listener.fileno()
        yield descriptors


def is_listening(address: str) -> bool:
    """Whether a zygote answers at this address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
        asking.settimeout(5)
        try:
            asking.connect(address)
        except OSError:
            return False
    return True


def memory_file(data: bytes) -> int:
    """A descriptor from which `data` can be read."""
    descriptor = os.memfd_create("staged")
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


class BoxedKernel:
    """A kernel in a box; the lifeline is our connection to the zygote."""

    def __init__(
        self, lifeline: socket.socket, kernel_fd: int, init_fd: int, bridge: socket.socket, pid: int
    ) -> None:
        self.lifeline = lifeline
        self.lifeline.setblocking(False)
        self.kernel_fd, self.init_fd = kernel_fd, init_fd
        self.bridge = bridge
        self.pid = pid
        self.pids = (pid, _pid_behind(init_fd))  # the kernel, and whose children its orphans become
        self.death: Death | None = None
        self.sockets_folder = ""
        self._killed = False

    def poll(self) -> Death | None:
        """The kernel's death; None while it lives."""
        if self.death is None:
            try:
                message = self.lifeline.recv(4096)
            except BlockingIOError:
                return None
            except OSError:
                message = b""
            died: dict[str, Any] = (
                json.loads(message) if message else {"kind": "lost", "code": -signal.SIGKILL}
            )
            kind, code = died["kind"], died["code"]
            death = Death.of(kind, code)
            self.death = Death.of("closed", code) if self._killed and death.killer else death
        return self.death

    def wait(self, seconds: float) -> Death | None:
        """Wait until the box is empty and cleaned up, at most so long."""
        if self.death is None:
            select.select([self.lifeline], [], [], seconds)
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Pass a signal on to the kernel."""
        _signal(self.kernel_fd, number)

    def kill(self) -> None:
        """Kill every process of the box."""
        self._killed = True
        _signal(self.init_fd, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left, wait for it to be gone, and give all descriptors back."""
        if self.lifeline.fileno() < 0:
            return
        if self.poll() is None:
            self.kill()
            self.wait(10)
        self.lifeline.close()
        self.bridge.close()
        os.close(self.kernel_fd)
        os.close(self.init_fd)
        if self.sockets_folder:
            shutil.rmtree(self.sockets_folder, ignore_errors=True)


def _pid_behind(pidfd: int) -> int:
    """Process id that a pidfd stands for; -1 where the process has ended."""
    with open(f"/proc/self/fdinfo/{pidfd}") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("Pid:")), -1)


def _signal(pidfd: int, number: int) -> None:
    try:
        signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        return


class UnboxedKernel:
    """A kernel without any protection: an own process with our rights.  Only on explicit demand."""

    def __init__(
        self, connection: dict[str, Any], env: dict[str, str], files: bytes, seconds: float, folder: Path
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="home-", dir=folder))
        self.death: Death | None = None
        self._late = self._killed = False
        self._lock = threading.Lock()
        ours = str(Path(grader.__file__).resolve().parent.parent)
        env = {
            **env,
            "PYTHONPATH": os.pathsep.join(filter(None, [ours, env.get("PYTHONPATH")])),
            "JPY_PARENT_PID": str(os.getpid()),  # ipykernel then ends itself when we die
        }
        control, control_end = socket.socketpair()
        self.bridge, bridge_end = socket.socketpair()
        passed = [control_end.fileno(), bridge_end.fileno()]
        command = [sys.executable, "-m", "grader.inside.kernel"]
        command += ["--control", str(passed[0]), "--bridge", str(passed[1])]
        if files:
            passed.append(archive := memory_file(files))
            command += ["--files", str(archive)]
        with bind_channels(str(folder)) as listening:
            command += ["--listening", json.dumps(listening)]
            passed += listening.values()
            self.process = subprocess.Popen(
                command,
                pass_fds=passed,
                env=env,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self.home,
            )
        self.pid = self.process.pid
        self.pids = (self.pid,)
        if files:
            os.close(archive)
        control_end.close()
        bridge_end.close()
        self._closing = weakref.finalize(self, _end_unboxed, self.process, self.home)
        self._timer = threading.Timer(seconds, self._time_is_up)
        self._timer.daemon = True
        self._timer.start()
        try:
            settings = {"connection": connection, "env": env, "home": str(self.home)}
            exchange_settings(control, settings)
        except BaseException:
            self.close()
            raise
        finally:
            control.close()

    def _time_is_up(self) -> None:
        self._late = True
        self.kill()

    def poll(self) -> Death | None:
        """The kernel's death; None while it lives."""
        with self._lock:
            if self.death is None and (code := self.process.poll()) is not None:
                ours = self._killed and code == -signal.SIGKILL
                kind = "time" if self._late else "closed" if ours else "signal" if code < 0 else "exit"
                self.death = Death.of(kind, code)
            return self.death

    def wait(self, seconds: float) -> Death | None:
        """Wait until the kernel has ended, at most so long."""
        limit = time.monotonic() + seconds
        while self.poll() is None and time.monotonic() < limit:
            time.sleep(0.005)
        return self.death

    def send_signal(self, number: int) -> None:
        """Pass a signal on to the kernel."""
        if self.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """Kill the kernel and its process group (what left the group survives: there is no box)."""
        self._killed = True
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    def close(self) -> None:
        """Kill the kernel and remove its home."""
        self._timer.cancel()
        self.kill()
        self.wait(10)
        self.bridge.close()
        self._closing()


def _end_unboxed(process: subprocess.Popen[bytes], home: Path) -> None:
    """Runs at the latest when the interpreter ends."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    shutil.rmtree(home, ignore_errors=True)
