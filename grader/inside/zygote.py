"""The warm process from which every kernel is forked.

It imports PyTorch and friends once and then only waits: one thread, no event loop, no secret in memory, an
environment of its own, never root.  One process on each machine serves all worker processes.

Theory of operation.  A worker connects to the listening socket and sends one message: a JSON request with
bubblewrap's arguments and the limits, and the descriptors that the kernel is to have.  The zygote

1. starts bubblewrap, which builds the namespaces and mounts and leaves an idle ``cat`` in them;
2. forks; the child enters the box's control group, joins the box (``enter``), forks once
   more, because only a new child is in the box's pid namespace, drops every right and becomes a kernel (``kernel.run``);
3. answers with pidfds of the kernel and of the box's first process.

The connection stays open.  When the kernel ends, its cause of death goes out on it; when the worker closes
it or dies, the box is killed.  Killing the first process of a pid namespace kills all of it.  When the starter
of the zygote dies, the zygote ends, and bubblewrap's ``--die-with-parent`` takes all boxes along.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import inspect
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field
from typing import Any, NoReturn

from grader.inside import enter, group, kernel
from grader.inside.holder import START_SECONDS, LaunchError, ended_from_outside, read_within, start_holder

TICK_SECONDS = 0.1
REQUEST_BYTES = 1 << 18


@dataclass
class Box:
    """One running box as the zygote sees it."""

    name: str
    connection: socket.socket
    holder: subprocess.Popen[bytes]
    holder_fd: int
    init_fd: int
    init_pid: int
    kernel_pid: int
    kernel_fd: int
    deadline: float
    cpu_seconds: int
    memory_bytes: int
    control_group: group.ControlGroup | None
    cause: str = ""  # why we killed it: "memory", "time", "outside", "closed"
    died: dict[str, Any] = field(default_factory=dict)
    killed: bool = False


class Zygote:
    """State of the warm process: its boxes and what it waits for."""

    def __init__(self, start: dict[str, Any]) -> None:
        self.programs = {
            d: base64.b64decode(start["filter with devices" if d else "filter"]) for d in (False, True)
        }
        self.group = start["group"]
        self.outside = enter.namespaces()
        self.listener = socket.socket(fileno=start["listener"])
        self.starter = os.pidfd_open(start["starter"])
        self.boxes: list[Box] = []
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(self.starter, selectors.EVENT_READ, self.end)

    # -- the loop ---------------------------------------------------------------------------------------

    def serve(self) -> NoReturn:
        """Wait for requests, deaths and time-outs, for ever."""
        while True:
            for key, _ in self.selector.select(TICK_SECONDS if self.boxes else None):
                key.data()
            for box in list(self.boxes):
                self.watch(box)

    def watch(self, box: Box) -> None:
        """Kill a box that is over its time or its memory."""
        if box.died or box.killed:
            return
        if time.monotonic() > box.deadline:
            self.kill(box, "time")
        elif box.control_group is not None:
            # The kernel of the machine may have taken a helper process only, and left the student's code
            # to wonder; the limit is the whole box's.
            if cause := box.control_group.out_of_memory():
                self.kill(box, cause)
        else:
            roots = (box.init_pid, box.kernel_pid)
            scratch = [f"/proc/{box.init_pid}/root{path}" for path in (enter.HOME, "/tmp", "/dev/shm")]
            if group.memory_of(roots, scratch, box.memory_bytes) > box.memory_bytes:
                self.kill(box, "memory")

    def end(self) -> NoReturn:
        """The starter has gone, or asks us to go: take all boxes along."""
        for box in self.boxes:
            self.kill(box, "closed")
        limit = time.monotonic() + 5
        while self.boxes and time.monotonic() < limit:
            for key, _ in self.selector.select(0.05):
                if key.data not in (self.end, self.accept):
                    key.data()
        os._exit(0)

    # -- launching --------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Serve one request; whatever goes wrong is told to the worker, not to the other boxes."""
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        descriptors: list[int] = []
        try:
            message, descriptors, _, _ = socket.recv_fds(connection, REQUEST_BYTES, 16)
            if not message:
                connection.close()
                return
            self.launch(connection, json.loads(message), descriptors)
        except Exception as error:
            text = (
                str(error) if isinstance(error, LaunchError) else "".join(traceback.format_exception(error))
            )
            with contextlib.suppress(OSError):
                connection.send(json.dumps({"error": text[-4000:]}).encode())
            connection.close()
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def launch(self, connection: socket.socket, request: dict[str, Any], descriptors: list[int]) -> None:
        """Build a box and put a kernel into it."""
        name, limits = request["name"], request["limits"]
        if not (name.isalnum() and len(name) <= 32):
            raise LaunchError(f"bad name of a box: {name!r}")
        control_group: group.ControlGroup | None = None
        holder: subprocess.Popen[bytes] | None = None
        try:
            if self.group:
                control_group = group.ControlGroup(self.group["folders"], self.group["version"], name)
                control_group.create(limits["memory_bytes"], limits["processes"])
            holder, init_pid = start_holder(request["bwrap"])
            init_fd = os.pidfd_open(init_pid)
            kernel_pid = self.fork_into(init_fd, control_group, request, descriptors)
        except BaseException:
            if holder is not None:
                holder.kill()
                holder.communicate()
            if control_group is not None:
                control_group.remove()
            raise
        box = Box(
            name=name,
            connection=connection,
            holder=holder,
            holder_fd=os.pidfd_open(holder.pid),
            init_fd=init_fd,
            init_pid=init_pid,
            kernel_pid=kernel_pid,
            kernel_fd=os.pidfd_open(kernel_pid),
            deadline=time.monotonic() + limits["submission_seconds"],
            cpu_seconds=limits["cpu_seconds"],
            memory_bytes=limits["memory_bytes"],
            control_group=control_group if control_group and "memory" in control_group.folders else None,
        )
        self.look_after(box)
        answer = json.dumps({"started": kernel_pid}).encode()
        try:
            socket.send_fds(connection, [answer], [box.kernel_fd, box.init_fd])
        except OSError:
            self.kill(box, "closed")

    def look_after(self, box: Box) -> None:
        """Wait for all three ends of a box; they may well come in the same tick."""
        self.boxes.append(box)
        box.connection.setblocking(False)
        self.selector.register(box.kernel_fd, selectors.EVENT_READ, lambda: self.kernel_ended(box))
        self.selector.register(box.holder_fd, selectors.EVENT_READ, lambda: self.holder_ended(box))
        self.selector.register(box.connection, selectors.EVENT_READ, lambda: self.hung_up(box))

    def fork_into(
        self,
        init_fd: int,
        control_group: group.ControlGroup | None,
        request: dict[str, Any],
        descriptors: list[int],
    ) -> int:
        """Fork a kernel into the box of `init_fd`; return its process id as seen from here."""
        reading, writing = os.pipe()
        middle = os.fork()
        if middle == 0:
            try:
                if control_group is not None:
                    control_group.enter()
                enter.join_namespaces(init_fd)
                pid = os.fork()  # the first process of ours that is inside the box's pid namespace
                if pid:
                    os.write(
                        writing, str(pid).encode()
                    )  # an id of our own pid namespace: we did not change ours
                    os._exit(0)
                os.close(writing)
                self.become_kernel(request, descriptors)
            except BaseException as error:
                _report(writing, error)
            finally:
                os._exit(71)
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            answer = read_within(stream.fileno(), START_SECONDS)
        os.waitpid(middle, 0)
        if not answer.isdigit():
            raise LaunchError("could not enter the box: " + answer.decode(errors="replace"))
        return int(answer)

    def become_kernel(self, request: dict[str, Any], descriptors: list[int]) -> NoReturn:
        """Run in the child, inside the box: drop every right, then serve as a kernel."""
        control = socket.socket(fileno=descriptors[0])
        status = 0
        try:
            roles = dict(zip(request["roles"], descriptors, strict=True))
            os.setsid()
            null = os.open("/dev/null", os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(null, standard)
            enter.close_descriptors(descriptors)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            devices = request["devices"]
            enter.drop(request["rlimits"], self.programs[bool(devices)], self.outside, devices)
            bridge = socket.socket(fileno=roles.pop("bridge")) if "bridge" in roles else None
            del roles["settings"]
            kernel.run(control, bridge, roles.pop("files", None), roles)
        except SystemExit:
            pass
        except BaseException:
            status = 70
            kernel.report_failure(control)
        finally:
            os._exit(status)

    # -- ending -----------------------------------------------------------------------------------------

    def kill(self, box: Box, cause: str) -> None:
        """Kill every process of a box; the causes that follow are consequences."""
        if box.killed:
            return
        box.killed = True
        if not box.died:
            box.cause = cause
        for descriptor in (box.init_fd, box.kernel_fd):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)

    def hung_up(self, box: Box) -> None:
        """The worker closed its end or died (or sent what it should not)."""
        if box not in self.boxes:  # its box ended in the same tick, and was looked at first
            return
        self.selector.unregister(box.connection)
        self.kill(box, "closed")

    def kernel_ended(self, box: Box) -> None:
        """Reap the kernel and find out what it died of."""
        if box.died:  # its box ended in the same tick, and was looked at first
            return
        self.selector.unregister(box.kernel_fd)
        outside = ended_from_outside(box.holder, box.init_pid)  # has a meaning until the kernel is reaped
        _, status, usage = os.wait4(box.kernel_pid, 0)
        code = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        kind = "signal" if code < 0 else "exit"
        if box.cause:
            kind = box.cause
        elif code == -signal.SIGKILL and box.control_group and (short := box.control_group.out_of_memory()):
            kind = short
        elif code == -signal.SIGXCPU or (code == -signal.SIGKILL and cpu >= box.cpu_seconds):
            kind = "cpu"
        elif code == -signal.SIGKILL and outside:
            kind = "outside"
        box.died = {"kind": kind, "code": code}
        self.kill(box, "closed")

    def holder_ended(self, box: Box) -> None:
        """The box is empty: nothing of it runs any more.  Remove what is left and tell the worker."""
        self.selector.unregister(box.holder_fd)
        self.kernel_ended(box)
        box.holder.communicate()
        for descriptor in (box.holder_fd, box.init_fd, box.kernel_fd):
            os.close(descriptor)
        if self.group:
            left = group.ControlGroup(self.group["folders"], self.group["version"], box.name)
            for _ in range(50):  # the count of a control group trails the end of its processes
                if left.remove():
                    break
                time.sleep(0.002)
        if box.connection in [key.fileobj for key in self.selector.get_map().values()]:
            self.selector.unregister(box.connection)
        with contextlib.suppress(OSError):
            box.connection.send(json.dumps(box.died).encode())
        box.connection.close()
        self.boxes.remove(box)


def _report(writing: int, error: BaseException) -> None:
    with contextlib.suppress(OSError):
        os.write(writing, "".join(traceback.format_exception(error))[-2000:].encode())


def _line(stream: socket.socket) -> bytes:
    """What the starter sends, once it knows: modules that the notebooks of this class import."""
    data = b""
    while not data.endswith(b"\n"):
        piece = stream.recv(65536)
        if not piece:
            raise EOFError("the starter has gone")
        data += piece
    return data


def know_files_of_modules() -> None:
    """Fill `inspect`'s table of which module came from which file.

    IPython asks it for each frame of a traceback.  The first question walks through all modules, some 2,000, and
    would cost each kernel half a second.
    """
    with contextlib.suppress(Exception):  # some module's own ``__getattr__``
        inspect.getmodule(compile("", "<no file of a module>", "exec"))


def main() -> NoReturn:
    """Entry point; the settings come as JSON through the descriptor named by the only argument."""
    with os.fdopen(int(sys.argv[1]), "r") as file:
        start = json.load(file)
    status = socket.socket(fileno=start["status"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's business
    gc.disable()
    try:
        if os.geteuid() == 0:
            raise RuntimeError("the zygote must not be root")
        enter.become_subreaper()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages about each other: nobody asked for them yet
            for module in start["preload"]:
                importlib.import_module(module)
            for module in json.loads(_line(status)):
                importlib.import_module(module)
            know_files_of_modules()
        threads = len(os.listdir("/proc/self/task"))
        if threads != 1:
            raise RuntimeError(f"{threads} threads after the imports: a fork would hang")
        zygote = Zygote(start)
        if os.getppid() != start["starter"]:
            raise RuntimeError("the starter has gone")
    except BaseException:
        with contextlib.suppress(OSError):  # the starter was stopped while we were importing
            status.sendall(json.dumps({"error": traceback.format_exc()[-4000:]}).encode() + b"\n")
        os._exit(1)
    # Answered between two events, never in the middle of one: a box half removed would be waited for.
    asked, asking = socket.socketpair()
    asking.setblocking(False)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.set_wakeup_fd(asking.fileno())
    zygote.selector.register(asked, selectors.EVENT_READ, zygote.end)
    gc.collect()
    gc.freeze()
    status.sendall(json.dumps({"ready": os.getpid(), "modules": len(sys.modules)}).encode() + b"\n")
    status.close()
    zygote.serve()


if __name__ == "__main__":
    main()
