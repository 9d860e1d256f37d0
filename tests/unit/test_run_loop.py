"""The event loop of a runner and of a scheduler ends with what it was run for, whatever threads it has started."""

import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="the extra packages `cluster` are not installed")

WAITS_FOR_EVER = """
import asyncio, threading
from grader.batch.serve import require_dask, run_loop

async def main():
    waiting = [asyncio.ensure_future(asyncio.to_thread(threading.Event().wait)) for _ in range(3)]
    await asyncio.sleep(0.1)
    return 3

require_dask()
raise SystemExit(run_loop(main()))
"""


def test_a_thread_that_never_ends_keeps_nobody() -> None:
    assert subprocess.run([sys.executable, "-c", WAITS_FOR_EVER], timeout=60).returncode == 3
