"""Runs a notebook's cells in a box, one at a time, and says how each ended.

nbclient speaks the Jupyter protocol; this file adds what it leaves to trust: the output is counted
where it arrives, malformed messages are dropped, a cell that ignores its interrupt loses its
kernel, and whatever goes wrong ends as a `CellEnd`, never as an exception of the batch.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nbclient import NotebookClient
from nbclient.client import CellExecutionComplete
from nbformat import NotebookNode

from grader.bridge import Channel, Student
from grader.engine.appetite import Appetite
from grader.engine.outputs import harmless, size_of
from grader.limits import Limits
from grader.sandbox.card_watch import CardWatch
from grader.sandbox.cards import HIDDEN, Share
from grader.sandbox.kernel_manager import SandboxKernelManager

Ending = Literal["ok", "error", "timeout", "died"]
GRACE = 3.0  # seconds an interrupted kernel has to come back
DYING = 1.0  # seconds until the death of a kernel that hung up is known: its box is cleared first
SHOWN = ("stream", "display_data", "execute_result", "update_display_data", "error")
KNOWN = (*SHOWN, "status", "execute_input", "clear_output")  # no comms: widgets are dropped anyway


@dataclass(frozen=True)
class CellEnd:
    """How a cell ended; `reason` says why a kernel died."""

    how: Ending
    reason: str = ""


class _Cells(NotebookClient):
    """nbclient's cell execution with the output counted."""

    limits: Limits
    total_bytes = 0
    total_messages = 0
    cell_bytes = 0
    over: str = ""

    def begin_cell(self) -> None:
        self.cell_bytes = 0
        # A cell may update its own displays; those of earlier cells are cleaned and stay as they are.
        self._display_id_map: dict[str, Any] = {}

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if self.over:
            return None
        self.total_messages += 1
        size = size_of(msg.get("content"))
        self.cell_bytes += size
        self.total_bytes += size
        kind = msg.get("msg_type")
        if self.total_bytes > self.limits.output_bytes or self.total_messages > self.limits.output_messages:
            self.over = "output"
            return None
        if kind not in KNOWN or (kind in SHOWN and self.cell_bytes > self.limits.cell_output_bytes):
            return None
        try:
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:  # noqa: BLE001  a malformed message is dropped, whatever it breaks
            return None


class GradingKernel:
    """One kernel in its box, with the means to run cells and to reach the student's names.

    Parameters
    ----------
    nb : NotebookNode
        Its cells' outputs are filled in place.
    limits : Limits
    mode : {"bwrap", "none"}
    home : Path, optional
        Folder whose files appear in the box's home.
    env : dict
        Environment for the kernel, besides the sandbox's own.
    timeout_error : dict
        Overrides of `TIMEOUT_REPLY`.
    interrupt : bool
        Whether a cell that takes too long is interrupted; else its kernel is ended.
    share : Share, optional
        Of a graphics card; without it the kernel sees none.
    """

    def __init__(
        self,
        nb: NotebookNode,
        limits: Limits,
        mode: str,
        home: Path | None,
        env: dict[str, str],
        timeout_error: dict[str, Any] | None = None,
        interrupt: bool = True,
        share: Share | None = None,
    ) -> None:
        self.nb, self.limits, self.interrupt = nb, limits, interrupt
        self.timeout_reply: dict[str, Any] = {**TIMEOUT_REPLY, **(timeout_error or {})}
        nodes = share.nodes if share else ()
        self.km = SandboxKernelManager(limits=limits, mode=mode, home_files=home, device_nodes=nodes)
        self.env = {**env, **(share.environment if share else HIDDEN)}
        self.share = share
        self.watch: CardWatch | None = None
        self.kc: Any = None
        self.student: Student | None = None
        self.channel: Channel | None = None
        self.killed_for = ""
        self._waited = False
        self.appetite = Appetite(self._kill)

    async def start(self) -> None:
        """Start the kernel; raises SandboxError where no box can be had."""
        await self.km.start_kernel(env=self.env)
        self.kc = self.km.client()
        self.kc.start_channels()
        await self.kc.wait_for_ready(timeout=60)
        self.cells = _Cells(
            self.nb,
            km=self.km,
            timeout=math.ceil(self.limits.cell_seconds),
            interrupt_on_timeout=self.interrupt,
            error_on_timeout=self.timeout_reply,
            allow_errors=True,
            skip_cells_with_tag="",
            record_timing=False,
            iopub_timeout=2,
            raise_on_iopub_timeout=False,
            store_widget_state=False,
            on_cell_executed=self._record,
        )
        self.cells.limits = self.limits
        self.cells.kc = self.kc
        self.cells.reset_execution_trackers()
        provisioner: Any = self.km.provisioner
        self.channel = Channel(
            provisioner.bridge, self.limits.reply_bytes, provisioner.interrupt_now, self._kill
        )
        self.student = Student(self.channel, self.limits.call_seconds)
        self.appetite.start()
        if self.share is not None:
            self.watch = CardWatch(self.share, provisioner.pids, self._kill)
            self.watch.start()

    def _kill(self, reason: str) -> None:
        """End the kernel at once; `reason` is what a person reads unless the sandbox knows better."""
        self.killed_for = self.killed_for or reason
        provisioner: Any = self.km.provisioner
        provisioner.kill_now()

    async def _answers(self, deadline: float) -> bool:
        """Whether the kernel answers a simple request."""
        try:
            request = self.kc.kernel_info()
        except Exception:  # noqa: BLE001  it broke the connection: sending timed out
            return False
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = await self.kc.shell_channel.get_msg(timeout=min(left, 1.0))
            except Exception:  # noqa: BLE001  queue.Empty, or bytes that are no message
                if not await self.km.is_alive():
                    return False
                continue
            if message.get("parent_header", {}).get("msg_id") == request:
                return True
        return False

    async def run(self, index: int) -> CellEnd:
        """Run one code cell; its cleaned outputs are in the notebook afterwards."""
        cell = self.nb.cells[index]
        cell.outputs = []
        self.cells.begin_cell()
        self.reply: dict[str, Any] = {}
        watch = asyncio.ensure_future(self._watch_output())
        try:
            limit = self.limits.cell_seconds + GRACE + 5
            await asyncio.wait_for(self.cells.async_execute_cell(cell, index), limit)
            end = self._ending(cell)
        except Exception as error:  # noqa: BLE001  nbclient's errors, and those that forged messages provoke
            end = CellEnd("died", self.death() or type(error).__name__)
        finally:
            watch.cancel()
        if end.how == "timeout" and not (self.interrupt and await self._answers(time.monotonic() + GRACE)):
            end = CellEnd("died", "time")
        if self.cells.over:
            end = CellEnd("died", self.cells.over)
        if end.how == "died":
            await self.stop()
        if self.cells.cell_bytes > self.limits.cell_output_bytes:
            note = f"\n[output cut at {self.limits.cell_output_bytes} bytes]"
            cell.outputs.append(NotebookNode(output_type="stream", name="stderr", text=note))
        cell.outputs = [NotebookNode(o) for o in harmless(cell.outputs)]
        cell.execution_count = None if type(cell.get("execution_count")) is not int else cell.execution_count
        return end

    def _record(self, cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:
        small = size_of(execute_reply.get("content")) <= self.limits.cell_output_bytes
        self.reply = execute_reply if small else {}

    def _ending(self, cell: Any) -> CellEnd:
        content = self.reply.get("content")
        content = content if isinstance(content, dict) else {}
        if (
            "header" not in self.reply and content.get("ename") == self.timeout_reply["ename"]
        ):  # made by nbclient
            late = {name: self.timeout_reply[name] for name in TIMEOUT_REPLY}
            cell.outputs.append(NotebookNode(output_type="error", **late))
            return CellEnd("timeout")
        shown = [o.get("ename") for o in cell.outputs if o.get("output_type") == "error"]
        if content.get("status") == "error" and content.get("ename") not in shown:
            trace = content.get("traceback") or ["the cell failed, and its traceback was switched off"]
            names = {"ename": content.get("ename"), "evalue": content.get("evalue"), "traceback": trace}
            cell.outputs.append(NotebookNode(output_type="error", **names))
        ended_well = content.get("status") == "ok" and not shown
        return CellEnd("ok" if ended_well else "error")

    async def _watch_output(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            if self.cells.over:
                self._kill("output")

    def death(self) -> str:
        """Why the kernel died, as far as known: memory, time, output, a signal, exit."""
        death = self.km.death
        return self.killed_for or (death.kind if death is not None else "")

    def zygote_lost(self) -> bool:
        """Whether the kernel ended because the process that forks kernels did."""
        death = self.km.death
        return death is not None and death.kind == "lost"

    def killer(self) -> str:
        """Who killed the kernel, where neither we nor a limit did; see `Death.killer`."""
        death = self.km.death
        return "" if death is None or self.killed_for else death.killer

    async def alive(self) -> bool:
        """Whether the kernel still runs.

        One that hung up in the middle of a test has died, or has closed its end (which costs it a moment, once).
        """
        broken = self.channel.broken if self.channel is not None else None
        if broken is not None and broken.reason == "dead" and not self._waited:
            self._waited = True
            until = time.monotonic() + DYING
            while await self.km.is_alive() and time.monotonic() < until:
                await asyncio.sleep(0.01)
        return bool(await self.km.is_alive())

    async def stop(self) -> None:
        """End the box and everything in it."""
        self.appetite.stop()
        if self.watch is not None:
            self.watch.stop()
        with contextlib.suppress(Exception):
            if self.kc is not None:
                self.kc.stop_channels()
        with contextlib.suppress(Exception):
            await self.km.shutdown_kernel(now=True)
        with contextlib.suppress(Exception):
            await self.km.cleanup_resources()


TIMEOUT_REPLY = {
    "ename": "CellTimeoutError",
    "evalue": "",
    "traceback": ["\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"],
}
