"""The kernel manager of our own engine: always a box, with its limits, files and bounded sockets.

Hand it to nbclient (``NotebookClient(notebook, km=manager)`` or ``kernel_manager_class=SandboxKernelManager``).  A
notebook's kernel name and metadata have no influence.  Its client is ready without jupyter_client's fixed
pause of 0.2 s, and its sockets drop what is too large or too much before it is copied anywhere.
"""

from __future__ import annotations

import contextlib
import time
import weakref
from pathlib import Path
from queue import Empty
from typing import Any, cast

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Enum, Instance, Tuple, Unicode, default

from grader.limits import Limits
from grader.sandbox.provisioner import SandboxProvisioner
from grader.sandbox.running import Death

MESSAGE_BYTES = 20 << 20
QUEUED_MESSAGES = 50
RECONNECT_MILLISECONDS = 5
SEND_MILLISECONDS = 2000


def bounded_context() -> zmq.asyncio.Context:
    """A ZMQ context whose sockets bound what a kernel may send.

    A message above `MESSAGE_BYTES` makes libzmq close the connection; at most `QUEUED_MESSAGES` wait in
    memory, the kernel has to wait (or lose its output) beyond that.
    """
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
    context.setsockopt(zmq.RCVHWM, QUEUED_MESSAGES)
    context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)
    context.setsockopt(zmq.LINGER, 100)
    context.setsockopt(zmq.SNDTIMEO, SEND_MILLISECONDS)  # a kernel that broke its connection takes nothing
    return context


class SandboxKernelClient(AsyncKernelClient):
    """An asynchronous client that is ready as soon as the kernel has answered."""

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        return bounded_context()

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = False,
        control: bool = True,
    ) -> None:
        """As always, but without the heartbeat and its thread: the provisioner knows when a kernel dies."""
        super().start_channels(shell, iopub, stdin, hb, control)

    def __del__(self) -> None:
        # A context whose sockets are still open would block the interpreter when it is collected.
        with contextlib.suppress(Exception):
            self.stop_channels()

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for an answer on the shell channel and for its idle message on iopub.

        The second proves that the subscription holds, so no output of the first cell can be lost, and
        leaves nothing old in the queue.
        """
        limit = time.monotonic() + (60.0 if timeout is None else timeout)
        while time.monotonic() < limit:
            request = self.kernel_info()
            if await self._answered(request, limit):
                return
            manager = self.parent
            if isinstance(manager, AsyncKernelManager) and not await manager.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError("Kernel didn't respond in time")

    async def _answered(self, request: str, limit: float) -> bool:
        try:
            while True:  # answers to earlier rounds may still be on their way
                reply = await self.get_shell_msg(timeout=min(1.0, max(0.0, limit - time.monotonic())))
                if reply["parent_header"].get("msg_id") == request:
                    break
            self._handle_kernel_info_reply(reply)
            while True:
                message = await self.get_iopub_msg(timeout=0.05)
                idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
                if idle and message["parent_header"].get("msg_id") == request:
                    return True
        except Empty:
            return False

    wait_for_ready = _async_wait_for_ready


class SandboxKernelManager(AsyncKernelManager):
    """Manages one kernel in one box.

    Parameters
    ----------
    limits : Limits
        What the submission may use.
    home_files : Path or None
        Folder whose regular files appear, writable, in the box's home ``/home/student``.
    mode : {"bwrap", "none"}
        ``"none"``: no box at all.  Only where a person asked for it by name.
    device_nodes : tuple of str
        Device nodes that the box shows, e.g. ``("/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm")``.
    """

    limits = Instance(Limits, ())
    home_files = Instance(Path, allow_none=True)
    mode = Enum(["bwrap", "none"], "bwrap", help="How the kernel is confined.").tag(config=True)
    device_nodes = Tuple(help="Device nodes shown in the box.").tag(config=True)
    kernel_name = Unicode("python3")

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._clients: weakref.WeakSet[SandboxKernelClient] = weakref.WeakSet()

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        return bounded_context()

    @property
    def kernel_spec(self) -> KernelSpec:
        """A fixed one: no kernelspec of the machine, no name in a notebook chooses what runs."""
        return KernelSpec(argv=["(forked)"], display_name="Python 3", language="python")

    @property
    def ipykernel(self) -> bool:
        """False: nobody needs to add arguments for the history file, there is no history."""
        return False

    @property
    def death(self) -> Death | None:
        """Why the kernel ended, as far as it is known; None while it lives."""
        provisioner = cast("SandboxProvisioner | None", self.provisioner)
        return provisioner.death if provisioner else None

    def write_connection_file(self, **kwargs: Any) -> None:
        """Write none: the kernel has its sockets from us, nobody else is to find it, and a killed worker leaves none."""

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:  # type: ignore[override]
        if self.provisioner is None:
            identity = kw.get("kernel_id") or self.kernel_id or ""
            self.provisioner = SandboxProvisioner(
                kernel_id=identity, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kw)

    pre_start_kernel = _async_pre_start_kernel

    def client(self, **kwargs: Any) -> SandboxKernelClient:  # type: ignore[override]
        """A client with bounded sockets; nbclient's choice of a class is overruled."""
        self.client_factory = SandboxKernelClient
        client = cast(SandboxKernelClient, super().client(**kwargs))
        self._clients.add(client)
        return client

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        # nbclient leaves the client of a manager that it was given open
        for client in [] if restart else list(self._clients):
            client.stop_channels()
        await super()._async_cleanup_resources(restart=restart)

    cleanup_resources = _async_cleanup_resources  # type: ignore[assignment]
