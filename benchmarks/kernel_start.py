"""How long a forked kernel takes to answer, and how much memory it holds by itself.

    python benchmarks/kernel_start.py [rounds]

Prints medians over the rounds: from the request to the first answered ``1 + 1`` and to an answered
``import torch``, in a box forked from a warm zygote and, for comparison, in a cold process without a box; then the
private and proportional memory of idle forked kernels, from ``/proc/<pid>/smaps_rollup``.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

from grader.sandbox.kernel_manager import SandboxKernelClient, SandboxKernelManager
from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote

MIB = 1 << 20


async def answered(client: SandboxKernelClient, code: str) -> None:
    """Run `code` and wait for its reply."""
    request = client.execute(code)
    while True:
        reply = await client.get_shell_msg(timeout=60)
        if reply["parent_header"]["msg_id"] == request:
            assert reply["content"]["status"] == "ok", reply["content"]
            return


async def open_kernel(mode: str) -> tuple[SandboxKernelManager, SandboxKernelClient, float]:
    """Start a kernel; return also the seconds until it answered ``1 + 1``."""
    start = time.perf_counter()
    manager = SandboxKernelManager(mode=mode)
    await manager.start_kernel(env=dict(os.environ))
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    await answered(client, "1 + 1")
    return manager, client, time.perf_counter() - start


async def measure(mode: str, rounds: int) -> tuple[float, float, float]:
    """Medians in seconds: first answer, PyTorch imported, and shutting down."""
    figures = []
    for _ in range(rounds):
        manager, client, first = await open_kernel(mode)
        start = time.perf_counter()
        await answered(client, "import torch")
        imported = first + time.perf_counter() - start
        client.stop_channels()
        start = time.perf_counter()
        await manager.shutdown_kernel(now=True)
        figures.append((first, imported, time.perf_counter() - start))
    first, imported, ending = (statistics.median(column) for column in zip(*figures, strict=True))
    return first, imported, ending


def memory(pid: int) -> dict[str, int]:
    """Bytes by kind of the process's ``smaps_rollup``."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}


async def measure_memory(count: int) -> tuple[float, float]:
    """Median private and proportional MiB of `count` idle kernels that imported PyTorch."""
    kernels = [await open_kernel("bwrap") for _ in range(count)]
    for _, client, _ in kernels:
        await answered(client, "import torch")
    await asyncio.sleep(0.5)
    held = [memory(manager.provisioner.pid) for manager, _, _ in kernels]
    private = statistics.median(one["Private_Clean"] + one["Private_Dirty"] for one in held) / MIB
    proportional = statistics.median(one["Pss"] for one in held) / MIB
    for manager, client, _ in kernels:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    return private, proportional


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    start = time.perf_counter()
    with Zygote.start() as zygote:
        print(f"zygote warm after              {time.perf_counter() - start:6.2f} s (once)")
        os.environ[ADDRESS_VARIABLE] = zygote.address
        asyncio.run(measure("bwrap", 2))
        first, imported, ending = asyncio.run(measure("bwrap", rounds))
        print(f"boxed, 1 + 1 answered          {first:6.3f} s   median of {rounds}")
        print(f"boxed, import torch answered   {imported:6.3f} s")
        print(f"boxed, shut down               {ending:6.3f} s")
        cold_rounds = max(3, rounds // 5)
        cold, cold_import, _ = asyncio.run(measure("none", cold_rounds))
        print(f"cold, 1 + 1 answered           {cold:6.3f} s   median of {cold_rounds}")
        print(
            f"cold, import torch answered    {cold_import:6.3f} s   {cold_import / imported:.1f} times as long"
        )
        private, proportional = asyncio.run(measure_memory(8))
        print(f"idle forked kernel, private    {private:6.1f} MiB  median of 8 at once, torch imported")
        print(f"idle forked kernel, PSS        {proportional:6.1f} MiB")
        print(f"zygote, resident               {memory(zygote.pid)['Rss'] / MIB:6.1f} MiB (once)")


if __name__ == "__main__":
    main()
