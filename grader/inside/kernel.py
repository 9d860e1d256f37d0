"""Become a Jupyter kernel: the last thing the trusted project's code does in a student's process.

Two ways lead here.  The zygote's child calls :func:`run` when it is inside its box and has dropped every
right; without a sandbox (``--sandbox none``) a fresh interpreter runs ``python -m grader.inside.kernel``.
Both hold a *control* socket, over which the launch's settings come in as one line of JSON (only now does
the process learn its session key) and over which ``ready`` or the reason of a failure goes out, and
possibly a *bridge* socket, which is handed to ``grader.inside.probe``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import random
import shutil
import signal
import socket
import sys
import tarfile
import tempfile
import time
import traceback
from collections.abc import Callable
from typing import Any

FRACTION = "AUTOREGRADE_CARD_FRACTION"  # `grader.sandbox.cards` has the same
_PENDING: set[asyncio.Task[None]] = set()  # the event loop itself keeps only weak references


def call_when_readable(sock: socket.socket, callback: Callable[[], object]) -> None:
    """Run `callback` in the main thread, between cells, whenever `sock` has something to read.

    A cell that is running, also one that waits in an ``await``, ends first.  While `callback` runs, SIGINT
    raises `KeyboardInterrupt` in it, as in a cell.

    Parameters
    ----------
    sock : socket.socket
        Watched until `callback` returns False (at end of file, for instance).
    callback : callable
        Reads from `sock`; what it raises is printed, and it is called again next time.
    """
    from ipykernel.kernelapp import IPKernelApp
    from tornado.ioloop import IOLoop

    kernel = IPKernelApp.instance().kernel
    loop = IOLoop.current().asyncio_loop  # type: ignore[attr-defined]

    def woken() -> None:
        loop.remove_reader(sock)
        task = loop.create_task(serve())
        _PENDING.add(task)
        task.add_done_callback(_PENDING.discard)

    async def serve() -> None:
        go_on: object = True
        # ipykernel holds this lock while it handles a request on the shell channel.
        async with getattr(kernel, "_main_asyncio_lock", None) or contextlib.AsyncExitStack():
            try:
                previous = signal.signal(signal.SIGINT, signal.default_int_handler)
                try:
                    go_on = callback()
                finally:
                    signal.signal(signal.SIGINT, previous)
            except KeyboardInterrupt:
                pass
            except Exception:
                traceback.print_exc()
        if go_on is not False:
            loop.add_reader(sock, woken)

    loop.add_reader(sock, woken)


def _unpack(descriptor: int, home: str) -> None:
    """Write the files of a tar archive made by the trusted side into `home`."""
    with os.fdopen(descriptor, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            if not (member.isfile() or member.isdir()):
                raise ValueError(f"{member.name}: only plain files are handed to a box")
            target = os.path.normpath(os.path.join(home, member.name))
            if not target.startswith(home + os.sep):
                raise ValueError(f"{member.name}: outside the home")
            if member.isdir():
                os.makedirs(target, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            content = archive.extractfile(member)
            assert content is not None
            with open(target, "wb") as file:
                shutil.copyfileobj(content, file)


def _fresh_random_streams() -> None:
    """Give this process random numbers of its own: every fork inherits the zygote's generators."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if torch := sys.modules.get("torch"):
        torch.seed()


def _keep_to_the_share() -> None:
    """Have PyTorch keep to this kernel's share of its card, from the moment it first uses the card.

    Set at once it would start CUDA, half a second and half a gigabyte, in notebooks that never use it.  PyTorch
    also reads it from ``PYTORCH_ALLOC_CONF=per_process_memory_fraction:x``, but only new versions do, and older
    ones fail at a setting that they do not know.
    """
    fraction = os.environ.pop(FRACTION, "")
    if fraction:
        import torch

        torch.cuda._lazy_call(lambda: torch.cuda.set_per_process_memory_fraction(float(fraction)))


def report_failure(control: socket.socket) -> None:
    """Tell the trusted side why the kernel does not start; harmless once it has started."""
    with contextlib.suppress(OSError):
        control.sendall(b"failed " + json.dumps(traceback.format_exc()[-4000:]).encode() + b"\n")


def _start_application(connection: dict[str, Any], listening: dict[str, int]) -> Any:
    from grader.inside.application import BoxKernelApp

    descriptor, path = tempfile.mkstemp(suffix=".json")
    with os.fdopen(descriptor, "w") as file:
        json.dump(connection, file)
    ports = {connection[f"{channel}_port"]: descriptor for channel, descriptor in listening.items()}
    application = BoxKernelApp.instance(listening=ports)
    application.initialize(["-f", path, "--HistoryManager.enabled=False"])
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return application


def run(
    control: socket.socket, bridge: socket.socket | None, files: int | None, listening: dict[str, int]
) -> None:
    """Read the launch's settings from `control` and serve as a kernel until told to stop.

    Parameters
    ----------
    control, bridge : socket.socket
        See the head of this file.
    files : int or None
        Descriptor of an archive to unpack into the home folder.
    listening : dict
        Name of each Jupyter channel (``shell``, ``iopub``, ``stdin``, ``control``, ``hb``) to a listening socket.
    """
    try:
        with control.makefile("r", encoding="utf-8") as lines:
            settings = json.loads(lines.readline())
        os.environ.clear()
        os.environ.update(settings["env"])
        time.tzset()
        os.chdir(settings["home"])
        sys.argv = ["ipykernel_launcher.py"]
        if files is not None:
            _unpack(files, settings["home"])
        _fresh_random_streams()
        threads = settings["env"].get("OMP_NUM_THREADS", "")
        if "torch" in sys.modules and threads.isdigit():
            sys.modules["torch"].set_num_threads(int(threads))  # OpenMP read the zygote's variable
        _keep_to_the_share()
        gc.enable()
        application = _start_application(settings["connection"], listening)
        if bridge is not None:
            _install_probe(bridge)
    except BaseException:
        report_failure(control)
        raise
    del settings
    control.sendall(b"ready\n")
    control.close()
    application.start()


def _install_probe(bridge: socket.socket) -> None:
    from grader.inside import probe

    probe.install(bridge)


def main() -> None:
    """Serve as a kernel in a plain process (no box)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--bridge", type=int)
    parser.add_argument("--files", type=int)
    parser.add_argument("--listening", type=json.loads, required=True)
    options = parser.parse_args()
    bridge = None if options.bridge is None else socket.socket(fileno=options.bridge)
    run(socket.socket(fileno=options.control), bridge, options.files, options.listening)


if __name__ == "__main__":
    main()
