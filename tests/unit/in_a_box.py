"""Runs notebooks from top to bottom as grading does: in a box, offline, in a kernel forked warm."""

import atexit
import os
from functools import cache
from pathlib import Path

from jupyter_core.utils import run_sync
from nbclient import NotebookClient

from grader.sandbox.kernel_manager import SandboxKernelManager
from grader.sandbox.preload import preload_for
from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote


@cache
def warm_process() -> Zygote:
    """One for all notebooks of this test process; it ends with it."""
    zygote = Zygote.start(preload_for(["torch", "matplotlib", "transformers"]))
    atexit.register(zygote.close)
    return zygote


def run(nb, folder, **options):
    """Run a notebook in a box that has the files of its folder; returns it with its outputs."""
    before = os.environ.get(ADDRESS_VARIABLE)
    os.environ[ADDRESS_VARIABLE] = warm_process().address
    manager = SandboxKernelManager(home_files=Path(folder))
    try:
        NotebookClient(nb, km=manager, timeout=300, **options).execute()
    finally:
        run_sync(manager.shutdown_kernel)(now=True)  # a manager that is handed in is left running
        del os.environ[ADDRESS_VARIABLE]
        if before is not None:
            os.environ[ADDRESS_VARIABLE] = before
    return nb
