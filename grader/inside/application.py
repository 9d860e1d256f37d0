"""The kernel application of a box: listens on sockets that the trusted side has bound.

An IPython kernel normally binds its five sockets itself, so a box would need a folder that it shares with the
host, and in it a student could plant links or ten thousand sockets.  libzmq can take over a socket that is
already listening (``ZMQ_USE_FD``): the trusted side binds all five in a folder of its own and passes
descriptors, and no path is shared.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from traitlets import Dict


def without_debugger() -> None:
    """Let ipykernel find no debugger: nobody debugs here, and its 150 modules would be imported in every kernel."""
    if "ipykernel.debugger" not in sys.modules:
        sys.modules["debugpy"] = None  # type: ignore[assignment]  # the import system's way to say: not here
        import ipykernel.debugger  # noqa: F401

        del sys.modules["debugpy"]


without_debugger()


class BoxKernelApp(IPKernelApp):
    """`IPKernelApp` on given sockets.

    Parameters
    ----------
    listening : dict
        Port number of each channel to the descriptor of a listening Unix socket; libzmq owns it from then on.
    """

    listening: dict[int, int] = Dict()  # type: ignore[assignment]

    def _try_bind_socket(self, s: Any, port: int) -> int:
        _take_over(s, self.listening[port])
        return port

    def init_shell(self) -> None:
        """As ipykernel, with tracebacks that cost little."""
        super().init_shell()
        write_tracebacks_fast(self.shell)

    def init_control(self, context: Any) -> None:
        """As ipykernel, without the debugger's connection to a path that does not exist here."""
        super().init_control(context)
        self.debug_shell_socket.disconnect(self.shell_socket.getsockopt(zmq.LAST_ENDPOINT))

    def init_heartbeat(self) -> None:
        """Start the heartbeat thread on its given socket."""
        self.heartbeat = BoxHeartbeat(zmq.Context(), (self.transport, self.ip, self.hb_port))
        self.heartbeat.listening = self.listening[self.hb_port]
        self.heartbeat.start()


def write_tracebacks_fast(shell: Any) -> None:
    """Spare what an error of a cell would cost beyond its message: half a second, several times as long as most cells.

    IPython writes each traceback twice, the second time for a history that nobody reads.  And for each frame
    it asks `inspect` several times which module its file belongs to; for the name of a cell, which is no file,
    that is a walk through all modules, unless `inspect` was told.
    """
    shell._format_exception_for_storage = lambda *_, **__: {}
    cache = shell.compile.cache

    def cache_and_tell(*args: Any, **kwargs: Any) -> str:
        name: str = cache(*args, **kwargs)
        inspect.modulesbyfile[name] = "__main__"  # type: ignore[attr-defined]
        return name

    shell.compile.cache = cache_and_tell


class BoxHeartbeat(Heartbeat):
    """ipykernel's heartbeat thread on a given socket."""

    listening = -1

    def _try_bind_socket(self) -> None:
        _take_over(self.socket, self.listening)


def _take_over(socket: Any, descriptor: int) -> None:
    socket.setsockopt(zmq.USE_FD, descriptor)
    socket.bind("ipc://given")  # the name is not used: nothing is bound
