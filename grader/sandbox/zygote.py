"""Start the zygote, find it, and ask it for kernels; the process itself is `grader.inside.zygote`.

One zygote serves a whole machine.  The coordinator starts it and puts its address into the environment
variable ``GRADER_ZYGOTE``; worker processes connect by that address.  A program that has no address (``jupyter
execute``, ``nbgrader validate``) gets a zygote of its own on first use, which ends with it.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.limits import Limits
from grader.sandbox import box, cgroup, syscall_filter
from grader.sandbox.layout import Layout, arrange
from grader.sandbox.preload import KERNEL, preload_for
from grader.sandbox.run_folder import (
    copy_font_list,
    make_run_folder,
    record_delegation,
    recorded_delegation,
    remove,
)
from grader.sandbox.running import (
    BoxedKernel,
    KernelStartError,
    bind_channels,
    exchange_settings,
    memory_file,
)

ADDRESS_VARIABLE = "GRADER_ZYGOTE"
BOX_UID = 61_000  # lies in a gap of systemd's table of reserved ids
WARM_UP_SECONDS = 120.0


class Zygote:
    """A handle on the warm process.  Use :meth:`start`, :meth:`connect` or :meth:`shared`."""

    def __init__(self, layout: Layout, process: subprocess.Popen[bytes] | None = None) -> None:
        self.layout = layout
        self._process = process
        self._owner = os.getpid()
        self._lock: int | None = None
        self._status: socket.socket | None = None
        self.memory_is_enforced = recorded_delegation(Path(layout.run)) is not None

    @property
    def address(self) -> str:
        """Path of the listening socket, for :meth:`connect` and ``GRADER_ZYGOTE``."""
        return os.path.join(self.layout.run, "zygote.sock")

    @property
    def pid(self) -> int | None:
        """Process id of the zygote; None where somebody else started it."""
        return self._process.pid if self._process else None

    # -- starting and ending ----------------------------------------------------------------------------

    @classmethod
    def start(
        cls, preload: Sequence[str] | None = None, *, box_uid: int = BOX_UID, control_groups: bool = True
    ) -> Zygote:
        """Start a zygote and wait until it is warm (2 to 5 s with PyTorch): `begin` and `warm_up` in one.

        Parameters
        ----------
        preload : sequence of str, optional
            Modules to import before forking; what `preload.preload_for` names where left out.
        box_uid : int
            Unprivileged user id that root drops to; without meaning for an ordinary user.
        control_groups : bool
            False: do not use control groups even where they can be had.

        Raises
        ------
        KernelStartError, BubblewrapMissing
            With a text for a person.
        """
        begun = cls.begin(box_uid=box_uid, control_groups=control_groups)
        begun.warm_up(preload)
        return begun

    @classmethod
    def begin(cls, *, box_uid: int = BOX_UID, control_groups: bool = True) -> Zygote:
        """Start a zygote, which imports what every kernel needs while we find out what this class's notebooks import.

        Its address is known; it serves after `warm_up`.  Parameters and errors as for `start`.
        """
        root = os.geteuid() == 0
        uid = box_uid if root else os.geteuid()
        if uid == 0:
            raise KernelStartError("box_uid must not be 0: a box whose host user is root protects nothing")
        run, lock = make_run_folder(root)
        try:
            layout = arrange(run, neutral=root)
            box.write_account_files(str(run))
            (run / "k").mkdir(mode=0o700)
            (run / "home").mkdir(mode=0o700)
            os.chown(run / "home", uid, uid if root else -1)
            for _, target in layout.binds:
                os.mkdir(target)
            copy_font_list(run / "home", uid)
            group = cgroup.delegate(run.name, uid) if control_groups else None
            record_delegation(run, group)
            layout.save()
            process, status = _spawn(layout, uid if root else None, group)
        except BaseException:
            remove(run)
            os.close(lock)
            raise
        zygote = cls(layout, process)
        zygote._lock = lock
        zygote._status = status
        return zygote

    def warm_up(self, preload: Sequence[str] | None = None) -> None:
        """Tell it what else to import, and wait until it serves; it is closed where that fails.

        Parameters
        ----------
        preload : sequence of str, optional
            As for `start`.

        Raises
        ------
        KernelStartError
            With a text for a person.
        """
        assert self._process is not None and self._status is not None
        with self._status as status:
            self._status = None
            wanted = json.dumps(list(preload_for() if preload is None else preload)) + "\n"
            with contextlib.suppress(OSError):  # it has died: `_first_line` says of what
                status.sendall(wanted.encode())
            answer = _first_line(status, self._process)
        if "error" in answer:
            self._process.kill()
            self.close()
            raise KernelStartError("the zygote did not start: " + answer["error"])

    @classmethod
    def connect(cls, address: str) -> Zygote:
        """A handle on a zygote that another process started; closing it does not end the zygote."""
        try:
            return cls(Layout.load(Path(address).parent))
        except OSError as error:
            raise KernelStartError(f"no zygote at {address}: {error.strerror}") from error

    _shared: Zygote | None = None
    _shared_lock = threading.Lock()

    @classmethod
    def shared(cls) -> Zygote:
        """The zygote named by ``GRADER_ZYGOTE``, else one of this process, started on first use."""
        with cls._shared_lock:
            address = os.environ.get(ADDRESS_VARIABLE)
            known = cls._shared
            if address:
                if known is None or known.address != address:
                    cls._shared = cls.connect(address)
            elif known is None or known._owner != os.getpid() or not known.is_alive():
                cls._shared = cls.start()
                atexit.register(cls._shared.close)
            assert cls._shared is not None
            return cls._shared

    def is_alive(self) -> bool:
        """Whether the process still runs (always True for a handle from :meth:`connect`)."""
        return self._process is None or self._process.poll() is None

    def close(self) -> None:
        """End the zygote and with it all its boxes, and remove the run folder."""
        if self._process is None or self._owner != os.getpid() or self._lock is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._status is not None:
            self._status.close()
        remove(Path(self.layout.run))
        os.close(self._lock)
        self._lock = None

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- launching --------------------------------------------------------------------------------------

    def sockets_folder(self, name: str) -> str:
        """Host folder in which the sockets of box `name` are bound; the box does not see it."""
        return os.path.join(self.layout.run, "k", name)

    def launch(
        self,
        name: str,
        connection: Mapping[str, Any],
        *,
        limits: Limits,
        env: Mapping[str, str],
        files: bytes = b"",
        devices: Iterable[str] = (),
        bridged: bool = True,
    ) -> BoxedKernel:
        """Start a kernel in a box of its own; blocks until its sockets are bound (about 0.2 s).

        Parameters
        ----------
        name : str
            Letters and digits; no other running box of this zygote may have it.
        connection : mapping
            Jupyter connection information with ``<channel>_port`` as in `running.CHANNELS`.
        limits : Limits
        env : mapping
            Variables for the kernel; those that may not pass are left out (`box.environment`).
        files : bytes
            Archive of `staging.pack`.
        devices : iterable of str
            Device nodes to show.
        bridged : bool
            Whether the kernel serves the bridge.

        Raises
        ------
        KernelStartError
            Where the box or the kernel could not be started.
        """
        devices = list(devices)
        request = {
            "name": name,
            "bwrap": box.bubblewrap_arguments(self.layout, limits, devices),
            "rlimits": box.resource_limits(limits),
            "limits": asdict(limits),
            "devices": devices,
        }
        with contextlib.ExitStack() as stack:
            control, control_end = (stack.enter_context(end) for end in socket.socketpair())
            bridge, bridge_end = socket.socketpair()
            stack.enter_context(bridge_end)
            descriptors = {"settings": control_end.fileno()}
            if bridged:
                descriptors["bridge"] = bridge_end.fileno()
            if files:
                descriptors["files"] = memory_file(files)
                stack.callback(os.close, descriptors["files"])
            sockets = stack.enter_context(bind_channels(self.sockets_folder(name)))
            try:
                kernel = self._request(request, {**descriptors, **sockets}, bridge)
            except BaseException:
                bridge.close()
                raise
            kernel.sockets_folder = self.sockets_folder(name)
            for end in (control_end, bridge_end):
                end.close()
            try:
                settings = {
                    "connection": {**connection, "ip": "given"},
                    "env": box.environment(self.layout, env),
                    "home": box.HOME,
                }
                exchange_settings(control, settings)
            except BaseException:
                kernel.close()
                raise
            return kernel

    def _request(
        self, request: dict[str, Any], descriptors: dict[str, int], bridge: socket.socket
    ) -> BoxedKernel:
        lifeline = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        lifeline.settimeout(60)
        try:
            lifeline.connect(self.address)
            message = json.dumps({**request, "roles": list(descriptors)}).encode()
            socket.send_fds(lifeline, [message], list(descriptors.values()))
            message, received, _, _ = socket.recv_fds(lifeline, 65536, 4)
        except OSError as error:
            lifeline.close()
            raise KernelStartError(f"the zygote does not answer: {error}") from error
        answer: dict[str, Any] = json.loads(message) if message else {"error": "the zygote ended"}
        if "error" in answer:
            lifeline.close()
            raise KernelStartError(answer["error"])
        return BoxedKernel(lifeline, received[0], received[1], bridge, answer["started"])


def _spawn(
    layout: Layout, drop_to: int | None, group: cgroup.Delegation | None
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process, and the socket on which it is told what to import and says that it is warm."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    status, status_end = socket.socketpair()
    with contextlib.ExitStack() as ours, listener, status_end:
        ours.push(status)
        address = os.path.join(layout.run, "zygote.sock")
        listener.bind(address)
        os.chmod(address, 0o600)
        listener.listen(128)
        start = {
            "listener": listener.fileno(),
            "status": status_end.fileno(),
            "starter": os.getpid(),
            "filter": base64.b64encode(syscall_filter.compile_filter()).decode(),
            "filter with devices": base64.b64encode(syscall_filter.compile_filter(devices=True)).decode(),
            "group": asdict(group) if group else None,
            "preload": list(KERNEL),
        }
        env = {
            "PATH": "/usr/bin:/bin",
            "HOME": os.path.join(layout.run, "home"),
            "LANG": "C.UTF-8",
            "LD_LIBRARY_PATH": layout.library_path,
            "PYTHONPATH": layout.python_path,
            "PYTHONSAFEPATH": "1",
            "PYTHONNOUSERSITE": "1",
            "PYTHONHASHSEED": "0",  # sets and dicts of all submissions in the same order, on purpose
            "MPLCONFIGDIR": os.path.join(layout.run, "home"),
            "TORCHINDUCTOR_CACHE_DIR": os.path.join(
                layout.run, "home"
            ),  # else it makes one in /tmp, for good
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1",
            "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # a library that looks for cards must not spoil the fork
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        settings = memory_file(json.dumps(start).encode())
        descriptors = [listener.fileno(), status_end.fileno(), settings]
        command = [layout.python, "-m", "grader.inside.zygote", str(settings)]
        if drop_to is not None:
            plan = memory_file(
                json.dumps(
                    {
                        "binds": layout.binds,
                        "uid": drop_to,
                        "command": command,
                        "env": env,
                        "control_group": group.zygote if group else None,
                    }
                ).encode()
            )
            descriptors.append(plan)
            script = str(Path(__file__).with_name("unprivileged.py"))
            command, env = [sys.executable, "-I", "-S", script, str(plan)], {"PATH": "/usr/bin:/bin"}
        try:
            process = subprocess.Popen(
                command,
                env=env,
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        finally:
            for descriptor in descriptors[2:]:
                os.close(descriptor)
        ours.pop_all()
        return process, status


def _first_line(status: socket.socket, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    status.settimeout(1)
    limit = time.monotonic() + WARM_UP_SECONDS
    data = b""
    while not data.endswith(b"\n"):
        try:
            piece = status.recv(65536)
        except TimeoutError:
            if time.monotonic() > limit:
                return {"error": f"it was not warm after {WARM_UP_SECONDS:.0f} s"}
            continue
        if not piece:
            return {"error": f"it ended with status {process.wait()} (its message is on stderr)"}
        data += piece
    answer: dict[str, Any] = json.loads(data)
    return answer
