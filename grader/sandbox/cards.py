"""NVIDIA cards of this machine, as their driver describes them (NVML), and how kernels share one.

A kernel on a card gets a *share* of it: the card's id, the device nodes that its box shows, and so many bytes.
Nothing in a card's hardware keeps processes apart by memory, so three things do: PyTorch in the kernel is told
its share (`grader.inside.kernel`; a student can undo that), a watchdog asks NVML what the kernel really holds
and ends it where that is too much (`grader.sandbox.card_watch`), and no more shares are given out than the
card has room for (`grader.batch.deck`).

NVML is no CUDA: asking it takes no context on a card and no memory of it, and does no harm before a fork.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from grader.limits import MIB, Limits

GIB = 1 << 30
SHARE_BYTES = 4 * GIB  # unless the course says otherwise
RESERVE_BYTES = GIB  # stays free on each card, for contexts that come and go
SMALLEST_BYTES = GIB  # a card with less room is of no use: a context alone takes half of it
CONTEXT_BYTES = 768 * MIB  # what a process takes on a card beside its tensors, with room to spare
MARGIN = 1 / 8  # of a share; a kernel that holds more than that beyond it is ended
MOST_SHARES = 16  # of a card

# What the driver takes of the machine's own memory in each process that uses a card.
DRIVER_MEMORY_BYTES = 2048 * MIB
DRIVER_DATA_BYTES = 8192 * MIB

CONTROL_NODES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")
NEEDED_NODES = ("/dev/nvidiactl", "/dev/nvidia-uvm")
DRIVER_LIBRARY = "libcuda.so.1"
VISIBLE = "CUDA_VISIBLE_DEVICES"
FRACTION = "AUTOREGRADE_CARD_FRACTION"  # `grader.inside.kernel` has the same


@dataclass(frozen=True)
class Card:
    """One NVIDIA card.

    Parameters
    ----------
    index : int
        Its number, as ``nvidia-smi`` shows it.
    uuid : str
        ``GPU-…``; what ``CUDA_VISIBLE_DEVICES`` takes.
    name : str
    total_bytes, free_bytes : int
        Its memory, and what nobody held of it when we looked.
    nodes : tuple of str
        Device nodes that a program needs for this card and no other.
    single : bool
        Whether the card takes one process at a time (its compute mode).
    """

    index: int
    uuid: str
    name: str
    total_bytes: int
    free_bytes: int
    nodes: tuple[str, ...] = ()
    single: bool = False


@dataclass(frozen=True)
class Share:
    """What one kernel may have of a card: plain values, they travel with a task.

    Parameters
    ----------
    uuid : str
    nodes : tuple of str
    share_bytes : int
    total_bytes : int
        Of the whole card.
    alone : bool
        Whether nobody else has a share of it meanwhile.
    """

    uuid: str
    nodes: tuple[str, ...]
    share_bytes: int
    total_bytes: int
    alone: bool = False

    @property
    def fraction(self) -> float:
        """Part of the card that PyTorch's allocator may take; the context is not counted there."""
        tensors = max(self.share_bytes - CONTEXT_BYTES, self.share_bytes // 4)
        return min(1.0, tensors / self.total_bytes)

    @property
    def limit_bytes(self) -> int:
        """What all processes of a kernel may hold together before they are ended."""
        return int(self.share_bytes * (1 + MARGIN))

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the kernel."""
        return {VISIBLE: self.uuid, FRACTION: f"{self.fraction:.6f}"}


HIDDEN = {VISIBLE: ""}  # for a kernel that gets no card


def number_of_shares(card: Card, share_bytes: int, most: int = MOST_SHARES) -> int:
    """How many kernels may be on a card at a time: at least one where it has room at all."""
    room = card.free_bytes - RESERVE_BYTES
    if room < SMALLEST_BYTES:
        return 0
    return min(1 if card.single else most, max(1, room // share_bytes))


def share_of(card: Card, share_bytes: int, alone: bool = False) -> Share:
    """A share of a card; with `alone`, all that it has room for."""
    room = card.free_bytes - RESERVE_BYTES
    size = room if alone else min(share_bytes, room)
    return Share(card.uuid, card.nodes, size, card.total_bytes, alone)


def with_driver(limits: Limits) -> Limits:
    """The limits of a box whose kernel uses a card: its driver takes memory of the machine, too."""
    return replace(
        limits,
        memory_bytes=limits.memory_bytes + DRIVER_MEMORY_BYTES,
        data_bytes=limits.data_bytes + DRIVER_DATA_BYTES,
    )


# -- the driver -----------------------------------------------------------------------------------------------


class NoDriver(Exception):
    """NVML cannot be asked; the text says why, for a person."""


class Driver(Protocol):
    """What we ask a driver; `Nvml` is the real one."""

    def cards(self) -> list[Card]:
        """Cards that can be used."""
        ...

    def bytes_by_process(self, uuid: str) -> dict[int, int]:
        """Memory that each process holds on a card, by its process id on the host."""
        ...


class Nvml:
    """The driver of this machine, through NVIDIA's management library.

    Raises
    ------
    NoDriver
        Where there is no driver, or the package that asks it.
    """

    def __init__(self) -> None:
        try:
            import pynvml
        except ImportError:
            raise NoDriver(
                "the package that finds cards is missing: pip install 'autoregrade[grading,gpu]'"
            ) from None
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            raise NoDriver(f"no NVIDIA driver answers ({error})") from None
        self.nvml = pynvml
        self.left_out: list[str] = []

    def cards(self) -> list[Card]:
        """Cards that can be used; `left_out` says of each other why not."""
        self.left_out = []
        found = []
        for index in range(self.nvml.nvmlDeviceGetCount()):
            try:
                found.append(self._card(index))
            except (self.nvml.NVMLError, NoDriver) as error:
                self.left_out.append(f"card {index}: {error}")
        return found

    def _card(self, index: int) -> Card:
        nvml = self.nvml
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        if self._asked(nvml.nvmlDeviceGetMigMode, handle, (0, 0))[0]:
            raise NoDriver("it is cut into MIG devices, which are not supported")
        mode = self._asked(nvml.nvmlDeviceGetComputeMode, handle, 0)
        if mode == nvml.NVML_COMPUTEMODE_PROHIBITED:
            raise NoDriver("its compute mode prohibits its use")
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        node = f"/dev/nvidia{nvml.nvmlDeviceGetMinorNumber(handle)}"
        missing = [name for name in (node, *NEEDED_NODES) if not os.path.exists(name)]
        if missing:
            raise NoDriver(f"{missing[0]} is missing (as root: nvidia-modprobe -u -c={index})")
        return Card(
            index=index,
            uuid=_text(nvml.nvmlDeviceGetUUID(handle)),
            name=_text(nvml.nvmlDeviceGetName(handle)),
            total_bytes=int(memory.total),
            free_bytes=int(memory.free),
            nodes=(node, *(name for name in CONTROL_NODES if os.path.exists(name))),
            single=mode == nvml.NVML_COMPUTEMODE_EXCLUSIVE_PROCESS,
        )

    def _asked(self, question: Callable[[Any], Any], handle: Any, otherwise: Any) -> Any:
        """The answer, or `otherwise` where a card knows no such thing."""
        try:
            return question(handle)
        except self.nvml.NVMLError:
            return otherwise

    def bytes_by_process(self, uuid: str) -> dict[int, int]:
        """As in `Driver`; a process whose memory the driver does not tell counts as nothing."""
        handle = self.nvml.nvmlDeviceGetHandleByUUID(uuid)
        return {
            int(process.pid): int(process.usedGpuMemory or 0)
            for process in self.nvml.nvmlDeviceGetComputeRunningProcesses(handle)
        }


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


@cache
def driver() -> Nvml:
    """This process's connection to the driver; raises `NoDriver`."""
    return Nvml()


# -- finding --------------------------------------------------------------------------------------------------


def find_cards(connect: Callable[[], Driver] = driver) -> tuple[list[Card], str]:
    """Cards of this machine that grading may use.

    Parameters
    ----------
    connect : callable
        Gives the driver.

    Returns
    -------
    cards : list of Card
    reason : str
        One sentence where there is none; else empty.
    """
    try:
        asked = connect()
        _make_nodes()
        found = asked.cards()
    except NoDriver as error:
        return [], str(error)
    except Exception as error:  # a driver and a library that do not fit each other fail in many ways
        return [], f"the NVIDIA driver cannot be asked ({type(error).__name__}: {error})"
    if not found:
        left_out: list[str] = getattr(asked, "left_out", [])
        return [], "; ".join(left_out) or "the driver knows no card"
    wanted = os.environ.get(VISIBLE)
    if wanted is not None:  # a person or Slurm has chosen
        found = _chosen(found, wanted)
        if not found:
            what = "names a MIG device, which is not supported" if "MIG-" in wanted else "hides every card"
            return [], f"{VISIBLE}={wanted} {what}"
    if all(number_of_shares(card, SHARE_BYTES) == 0 for card in found):
        free = ", ".join(f"{card.free_bytes / GIB:.1f} GiB free on card {card.index}" for card in found)
        return [], f"other programs fill the cards ({free})"
    return found, ""


def _chosen(cards: Sequence[Card], wanted: str) -> list[Card]:
    """As CUDA reads the variable: cards by number or by how their ids begin, up to the first word that is neither."""
    words = [word.strip() for word in wanted.split(",")]
    names = list(takewhile(lambda word: word.isdecimal() or word.startswith("GPU-"), words))
    return [c for c in cards if str(c.index) in names or any(c.uuid.startswith(n) for n in names)]


def _make_nodes() -> None:
    """After a machine's start nobody may have used a card yet, and the nodes are made at the first use."""
    program = shutil.which("nvidia-modprobe")
    if program is not None and not all(map(os.path.exists, NEEDED_NODES)):
        subprocess.run([program, "-u", "-c=0"], capture_output=True, timeout=20, check=False)


def torch_knows_cuda() -> bool:
    """Whether the installed PyTorch was built for CUDA, without importing it."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    try:
        text = Path(spec.origin).with_name("version.py").read_text()
    except OSError:
        return False
    return bool(re.search(r"^cuda\b[^=\n]*=\s*['\"]", text, re.MULTILINE))


def driver_folders(path: str | None = None) -> tuple[str, ...]:
    """Folders of ``LD_LIBRARY_PATH`` with the driver's libraries: containers have them there and nowhere else.

    Parameters
    ----------
    path : str, optional
        Instead of the environment's.
    """
    path = os.environ.get("LD_LIBRARY_PATH", "") if path is None else path
    return tuple(
        dict.fromkeys(
            os.path.realpath(folder)
            for folder in path.split(":")
            if folder and os.path.exists(os.path.join(folder, DRIVER_LIBRARY))
        )
    )


def numbers_of_processes_agree() -> bool:
    """Whether NVML's process ids are ours: in a container with ids of its own they need not be."""
    try:
        return os.readlink("/proc/self/ns/pid") == "pid:[4026531836]"  # PROC_PID_INIT_INO, linux/proc_ns.h
    except OSError:
        return False


def described(cards: Iterable[Card], share_bytes: int) -> str:
    """Cards and their slots, for a person: ``NVIDIA H100 (79.1 of 79.6 GiB free): 16 slots of 4.0 GiB``."""
    lines = []
    for card in cards:
        number = number_of_shares(card, share_bytes)
        size = share_of(card, share_bytes).share_bytes / GIB
        of = f"{number} slot{'s' * (number != 1)} of {size:.1f} GiB" if number else "no room"
        lines.append(
            f"{card.name} ({card.free_bytes / GIB:.1f} of {card.total_bytes / GIB:.1f} GiB free): {of}"
        )
    return "; ".join(lines)
