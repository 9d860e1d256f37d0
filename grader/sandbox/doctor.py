"""Which layers of the sandbox hold on this machine: measured in a real box, not read from a list.

:func:`probe_layers` starts a small zygote, launches one kernel in a box and asks it what it can do; each layer is
then compared with the same attempt from outside where that makes sense.  Where the box cannot be built at all, the
likely reason is named (AppArmor's restriction on Ubuntu, a container, an old kernel, a missing program).

Without namespaces there is no sandbox and grading refuses (:func:`require_layers`); every other layer may be
missing, and the report says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import json
import os
import platform
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import SandboxError
from grader.limits import Limits
from grader.sandbox.cards import (
    SHARE_BYTES,
    VISIBLE,
    described,
    find_cards,
    share_of,
    torch_knows_cuda,
    with_driver,
)
from grader.sandbox.kernel_manager import SandboxKernelManager
from grader.sandbox.layout import BubblewrapMissing, find_bwrap
from grader.sandbox.running import KernelStartError
from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote

ESSENTIAL = ("bubblewrap", "namespaces", "no capabilities", "no_new_privs", "user", "file system", "network")
OLDEST_KERNEL = (5, 8)  # setns(2) on a pidfd
LIGHT_PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "grader.inside.kernel",
    "grader.inside.application",
)

LOOK = """
import ctypes, json, os, socket
libc = ctypes.CDLL(None, use_errno=True)
status = dict(l.split(":\\t", 1) for l in open("/proc/self/status").read().splitlines() if ":\\t" in l)
def refused(action):
    try:
        action()
    except OSError:
        return True
    return False
print(json.dumps({
    "namespaces": {n: os.readlink("/proc/self/ns/" + n) for n in ("user", "mnt", "pid", "net", "ipc", "uts")},
    "capabilities": [n for n in status if n.startswith("Cap") and int(status[n], 16)],
    "no_new_privs": status["NoNewPrivs"], "seccomp": status["Seccomp"],
    "interfaces": [name for _, name in socket.if_nameindex()],
    "processes": len([p for p in os.listdir("/proc") if p.isdigit()]),
    "root": sorted(os.listdir("/")),
    "writes_refused": all(refused(lambda p=p: open(p, "w")) for p in ("/x", "/usr/x", "/etc/x", "/dev/x")),
    "scratch": [os.statvfs(p).f_blocks * os.statvfs(p).f_frsize for p in (os.getcwd(), "/tmp", "/dev/shm")],
    "landlock": libc.syscall(444, None, ctypes.c_size_t(0), 1),
    "keyctl": libc.syscall(250, 0, -3, 0) == -1 and ctypes.get_errno(),
}))
"""


@dataclass(frozen=True)
class Layer:
    """One layer of the sandbox on this machine.

    Parameters
    ----------
    name : str
    holds : bool
    detail : str
        What was seen.
    advice : str
        What to do where it does not hold; empty where it does.
    """

    name: str
    holds: bool
    detail: str
    advice: str = ""


class SandboxUnavailable(SandboxError):
    """This machine cannot build boxes; the text says why and what to do."""


def gpu_nodes() -> tuple[str, ...]:
    """Device nodes of NVIDIA GPUs that a box needs to be shown."""
    names = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]
    return tuple(sorted(glob.glob("/dev/nvidia[0-9]*")) + [name for name in names if os.path.exists(name)])


def in_container() -> bool:
    """Whether this looks like the inside of a container."""
    marks = ("/.dockerenv", "/run/.containerenv")
    if any(os.path.exists(mark) for mark in marks) or "KUBERNETES_SERVICE_HOST" in os.environ:
        return True
    return "container" in os.environ


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return ""


def why_no_namespaces(message: str) -> tuple[str, str]:
    """The likely reason why a box could not be built, and what to do."""
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    if release < OLDEST_KERNEL:
        return f"Linux {platform.release()} is too old", "use Linux 5.8 or newer"
    if _setting("user/max_user_namespaces") == "0":
        return "user namespaces are switched off", "sysctl -w user.max_user_namespaces=10000"
    if _setting("kernel/unprivileged_userns_clone") == "0":
        return (
            "user namespaces are switched off for ordinary users",
            "sysctl -w kernel.unprivileged_userns_clone=1",
        )
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor restricts user namespaces (Ubuntu 23.10 and newer)",
            "install the distribution's bubblewrap and apparmor-profiles, or allow it: "
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        )
    if in_container():
        return (
            "this is a container, whose rules forbid namespaces or mounting /proc",
            "start it with --security-opt seccomp=unconfined --security-opt systempaths=unconfined "
            "(and --security-opt apparmor=unconfined), or grade outside the container",
        )
    return "bubblewrap could not build a box", message.strip().splitlines()[-1] if message.strip() else ""


LOOK_AT_CARD = """
import ctypes, json
def trouble():
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        return str(error)
    number, card, context, memory = ctypes.c_int(), ctypes.c_int(), ctypes.c_void_p(), ctypes.c_ulonglong()
    steps = [
        ("cuInit", lambda: cuda.cuInit(0)),
        ("cuDeviceGetCount", lambda: cuda.cuDeviceGetCount(ctypes.byref(number))),
        ("cuDeviceGet", lambda: cuda.cuDeviceGet(ctypes.byref(card), 0)),
        ("cuDevicePrimaryCtxRetain", lambda: cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), card)),
        ("cuCtxSetCurrent", lambda: cuda.cuCtxSetCurrent(context)),
        ("cuMemAlloc", lambda: cuda.cuMemAlloc_v2(ctypes.byref(memory), ctypes.c_size_t(1 << 20))),
    ]
    for name, step in steps:
        if code := step():
            return f"{name} fails with CUDA error {code}"
    return "" if number.value == 1 else f"{number.value} cards are seen in place of one"
print(json.dumps(trouble()))
"""


async def _look(
    code: str = LOOK, devices: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> tuple[Any, float, int]:
    limits = Limits(submission_seconds=60.0)
    manager = SandboxKernelManager(
        limits=with_driver(limits) if devices else limits, device_nodes=tuple(devices)
    )
    start = time.perf_counter()
    await manager.start_kernel(**({"env": dict(env)} if env else {}))
    try:
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=30)
        seconds = time.perf_counter() - start
        uid = os.stat(f"/proc/{manager.provisioner.pid}").st_uid  # type: ignore[union-attr]
        request, text = client.execute(code), ""
        while True:
            try:
                message = await client.get_iopub_msg(timeout=1)
            except queue.Empty:
                if not await manager.is_alive():
                    raise KernelStartError("the kernel in the box was killed") from None
                if time.perf_counter() - start > 60:
                    raise KernelStartError("the kernel in the box does not answer") from None
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "stream":
                text += message["content"]["text"]
            elif message["msg_type"] == "error":
                raise KernelStartError("the probe in the box failed: " + message["content"]["evalue"])
            elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        client.stop_channels()
        return json.loads(text), seconds, uid
    finally:
        await manager.shutdown_kernel(now=True)


def _look_from_inside(warm: Zygote | None, **how: Any) -> tuple[Any, float, int, bool]:
    """Run :func:`_look` with this zygote or a small one of its own, whether or not an event loop runs here."""
    outcome: list[Any] = []
    known = os.environ.get(ADDRESS_VARIABLE)
    with contextlib.nullcontext(warm) if warm else Zygote.start(LIGHT_PRELOAD) as zygote:
        os.environ[ADDRESS_VARIABLE] = zygote.address

        def work() -> None:
            try:
                outcome.append(asyncio.run(_look(**how)))
            except Exception as error:
                outcome.append(error)

        try:
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        finally:
            os.environ.pop(ADDRESS_VARIABLE)
            if known:
                os.environ[ADDRESS_VARIABLE] = known
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return (*outcome[0], zygote.memory_is_enforced)


def probe_layers(zygote: Zygote | None = None) -> list[Layer]:
    """Build a box and see which layers hold.

    Parameters
    ----------
    zygote : Zygote, optional
        The one that will fork the kernels; without it a small one is started, which takes 2 seconds.
    """
    layers: list[Layer] = []
    try:
        bwrap = find_bwrap()
    except BubblewrapMissing as error:
        return [Layer("bubblewrap", False, "not found", str(error))]
    version = subprocess.run([bwrap, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    number = tuple(int(part) for part in version.split()[-1].split(".")[:2]) if version else (0, 0)
    new_enough = number >= (0, 8)
    layers.append(
        Layer(
            "bubblewrap", new_enough, f"{version} ({bwrap})", "" if new_enough else "0.8 or newer is needed"
        )
    )
    try:
        try:
            seen, seconds, uid, enforced = _look_from_inside(zygote)
        except (KernelStartError, OSError, RuntimeError):  # somebody may have killed it
            seen, seconds, uid, enforced = _look_from_inside(zygote)
    except (KernelStartError, OSError, RuntimeError) as error:
        reason, advice = why_no_namespaces(str(error))
        layers.append(Layer("namespaces", False, f"{reason} ({str(error).strip()[-300:]})", advice))
        return layers
    shared = [name for name, own in seen["namespaces"].items() if os.readlink(f"/proc/self/ns/{name}") == own]
    foreign = {"root", "srv", "var", "mnt", "media", "boot"} & set(seen["root"])
    layers += [
        Layer(
            "namespaces",
            not shared,
            "user, mount, pid, network, ipc, uts" + (f"; shared: {shared}" * bool(shared)),
        ),
        Layer("processes", seen["processes"] <= 5, f"{seen['processes']} visible in the box"),
        Layer("network", seen["interfaces"] == ["lo"], "interfaces: " + ", ".join(seen["interfaces"])),
        Layer(
            "file system",
            bool(seen["writes_refused"]) and not foreign,
            "read-only; scratch of " + ", ".join(f"{size >> 20} MiB" for size in seen["scratch"]),
        ),
        Layer(
            "no capabilities",
            not seen["capabilities"],
            "none" if not seen["capabilities"] else str(seen["capabilities"]),
        ),
        Layer(
            "no_new_privs", seen["no_new_privs"] == "1", "set" if seen["no_new_privs"] == "1" else "not set"
        ),
        Layer("user", uid != 0, f"user {uid} on the host"),
        Layer("seccomp", seen["seccomp"] == "2" and seen["keyctl"] == 38, "filter in place"),
        Layer(
            "Landlock",
            seen["landlock"] > 0,
            f"version {seen['landlock']}" if seen["landlock"] > 0 else "not in this kernel",
            ""
            if seen["landlock"] > 0
            else "boot with lsm=landlock,… or a kernel that has it; the mounts still hold",
        ),
        Layer(
            "memory limit",
            enforced,
            "control group" if enforced else "best effort: a watchdog looks ten times a second",
            "" if enforced else "run as root, or have a control group delegated, for a hard limit",
        ),
        Layer("warm fork", True, f"a kernel was ready in {seconds:.2f} s"),
    ]
    return layers


def probe_cards(share_bytes: int = SHARE_BYTES) -> Layer:
    """Find the cards, and use the first one in a box.  A machine without any is as it should be.

    Parameters
    ----------
    share_bytes : int
        Memory of a card for one submission.
    """
    cards, reason = find_cards()
    if not cards:
        return Layer("GPU", not gpu_nodes(), f"none can be used: {reason}", reason if gpu_nodes() else "")
    detail = described(cards, share_bytes)
    if not torch_knows_cuda():
        return Layer("GPU", False, detail, "install a PyTorch that is built for CUDA; this one is not")
    share = share_of(cards[0], share_bytes)
    try:
        trouble, *_ = _look_from_inside(
            None, code=LOOK_AT_CARD, devices=share.nodes, env={VISIBLE: share.uuid, "PATH": os.defpath}
        )
    except (KernelStartError, BubblewrapMissing, OSError, RuntimeError) as error:
        trouble = f"no kernel could be started with it ({str(error).strip()[-300:]})"
    if trouble:
        return Layer(
            "GPU", False, detail, f"in a box {cards[0].name} does not work: {trouble}; use --device cpu"
        )
    return Layer("GPU", True, detail + "; the first one works in a box")


def require_layers(layers: list[Layer] | None = None) -> list[Layer]:
    """Probe, and refuse where there is no sandbox worth the name.

    Raises
    ------
    SandboxUnavailable
        With the reason, advice, and how to go on without a sandbox by name.
    """
    layers = probe_layers() if layers is None else layers
    held = {layer.name for layer in layers if layer.holds}
    missing = [layer for layer in layers if layer.name in ESSENTIAL and not layer.holds]
    if missing or not set(ESSENTIAL) <= held:
        first = missing[0] if missing else Layer("namespaces", False, "could not be looked at")
        raise SandboxUnavailable(
            f"Submissions cannot be confined on this machine: {first.name}: {first.detail}.\n"
            f"What helps: {first.advice or 'run `grader doctor` for the whole list'}.\n"
            "To grade without any protection (only code that you trust), say so: --sandbox none"
        )
    return layers
