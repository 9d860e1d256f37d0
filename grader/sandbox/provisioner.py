"""A Jupyter kernel provisioner that gives each kernel a box of its own.

Registered as ``grader-sandbox``, so that every program that starts kernels through ``jupyter_client`` can use it
(``JUPYTER_DEFAULT_PROVISIONER_NAME=grader-sandbox jupyter execute x.ipynb``).  Whatever the kernelspec says,
the kernel is an IPython kernel forked from the zygote: a notebook's metadata cannot choose a program.

With our own `SandboxKernelManager` as parent, limits, files and devices come from there; with any other, the
defaults hold and the files of the working folder are copied into the box's home.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerBase

from grader.limits import Limits
from grader.sandbox import box, staging
from grader.sandbox.run_folder import make_run_folder, remove
from grader.sandbox.running import CHANNELS, BoxedKernel, Death, UnboxedKernel
from grader.sandbox.zygote import Zygote


class SandboxProvisioner(KernelProvisionerBase):
    """Starts, watches, interrupts and ends one kernel in one box.

    Attributes
    ----------
    bridge : socket.socket or None
        Trusted end of the stream socket that ``grader.inside.probe`` serves in the kernel.
    death : Death or None
        Why the kernel ended, as far as known (see :meth:`poll`).
    """

    _kernel: BoxedKernel | UnboxedKernel | None = None
    _name: str = ""
    _plain_folder: Path | None = None  # sockets and home of a kernel without a box
    _remove_plain_folder: Callable[[], object] | None = None
    _files: bytes = b""
    death: Death | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was launched and not yet cleaned up."""
        return self._kernel is not None

    @property
    def bridge(self) -> socket.socket | None:
        """Trusted end of the bridge, None before the launch and after the cleanup."""
        return self._kernel.bridge if self._kernel else None

    @property
    def pid(self) -> int | None:
        """Process id of the kernel in the host's pid namespace."""
        return self._kernel.pid if self._kernel else None

    @property
    def pids(self) -> tuple[int, ...]:
        """Host process ids below which everything is the kernel's."""
        return self._kernel.pids if self._kernel else ()

    @property
    def limits(self) -> Limits:
        """Limits of the box."""
        return getattr(self.parent, "limits", None) or Limits()

    @property
    def boxed(self) -> bool:
        """False only where the manager was told ``mode="none"``."""
        return getattr(self.parent, "mode", "bwrap") != "none"

    # -- launching --------------------------------------------------------------------------------------

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the socket paths and pack the files for the box."""
        manager: Any = self.parent
        self._name = self._name or uuid.uuid4().hex[:12]  # a restarted kernel keeps its address
        if self.boxed:
            zygote = await asyncio.to_thread(Zygote.shared)
            folder = zygote.sockets_folder(self._name)
        else:
            if self._plain_folder is None:
                self._plain_folder, lock = make_run_folder(root=False)
                self._remove_plain_folder = weakref.finalize(self, _remove_held, self._plain_folder, lock)
            folder = str(self._plain_folder)
        manager.transport, manager.cache_ports, manager.ip = "ipc", False, os.path.join(folder, "s")
        for channel, port in CHANNELS.items():
            setattr(manager, f"{channel}_port", port)
        self.connection_info = manager.get_connection_info()
        self._files = self._pack(kwargs.pop("cwd", None))
        kwargs.pop("extra_arguments", None)
        kwargs = await super().pre_launch(**kwargs)
        kwargs["cmd"] = ["(forked)"]
        return kwargs

    def _pack(self, cwd: str | None) -> bytes:
        folder = getattr(self.parent, "home_files", None)
        if not hasattr(self.parent, "home_files") and cwd:
            folder = cwd
        return (
            staging.pack(Path(folder), int(self.limits.disk_bytes * box.HOME_SHARE * 0.9)) if folder else b""
        )

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; returns when its sockets are bound.

        Raises
        ------
        KernelStartError
            With bubblewrap's, the zygote's or the kernel's own message.
        """
        self.death = None
        self._kernel = await asyncio.to_thread(self._launch, dict(kwargs.get("env") or {}))
        return self.connection_info

    def _launch(self, env: dict[str, str]) -> BoxedKernel | UnboxedKernel:
        connection: dict[str, Any] = {
            key: value.decode() if isinstance(value, bytes) else value
            for key, value in self.connection_info.items()
        }
        if not self.boxed:
            env = {**env, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
            assert self._plain_folder is not None
            return UnboxedKernel(
                connection, env, self._files, self.limits.submission_seconds, self._plain_folder
            )
        return Zygote.shared().launch(
            self._name,
            connection,
            limits=self.limits,
            env=env,
            files=self._files,
            devices=getattr(self.parent, "device_nodes", ()),
        )

    # -- watching and ending ----------------------------------------------------------------------------

    async def poll(self) -> int | None:
        """Exit status of the kernel (negative: the signal), None while it lives."""
        if self._kernel is None:
            return 0
        self.death = self._kernel.poll()
        return None if self.death is None else self.death.code

    async def wait(self) -> int | None:
        """Wait until the kernel has ended and its box is gone."""
        while (code := await self.poll()) is None:
            await asyncio.sleep(0.005)
        return code

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's own process."""
        if self._kernel is not None and signum:
            self._kernel.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill everything in the box."""
        if self._kernel is not None:
            await self.poll()  # what it may have died of before is not our doing
            self._kernel.kill()

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`: a kernel that may be hostile is not asked."""
        await self.kill(restart)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """A polite shutdown was requested by message; do not rely on the answer, and do not wait for it."""
        await self.kill(restart)

    def interrupt_now(self) -> None:
        """Interrupt what runs in the kernel, without an event loop (the bridge's time limit)."""
        if self._kernel is not None:
            self._kernel.send_signal(signal.SIGINT)

    def kill_now(self) -> None:
        """Kill everything in the box, without an event loop."""
        if self._kernel is not None:
            self._kernel.kill()

    async def interrupt(self) -> None:
        """Interrupt the running cell."""
        await self.send_signal(signal.SIGINT)

    async def cleanup(self, restart: bool = False) -> None:
        """Wait for the end of the box and give everything back."""
        kernel, self._kernel = self._kernel, None
        if kernel is not None:
            await asyncio.to_thread(kernel.close)
            self.death = kernel.death
        if not restart and self._remove_plain_folder:
            self._remove_plain_folder()
            self._plain_folder = self._remove_plain_folder = None

    def get_shutdown_wait_time(self, recommended: float = 5.0) -> float:
        """Boxes are killed, not asked: there is little to wait for."""
        return min(recommended, 2.0)


def _remove_held(folder: Path, lock: int) -> None:
    remove(folder)
    os.close(lock)
