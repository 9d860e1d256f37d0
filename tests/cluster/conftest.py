"""Slurm on this one machine, for all tests here; the tiny course is that of tests/course."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from course.conftest import new_course, released, zygote  # noqa: F401

SCRIPT = Path(__file__).parents[2] / "scripts/slurm_one_node.sh"


@pytest.fixture(scope="session")
def slurm() -> Iterator[dict[str, str]]:
    """Environment in which Slurm's commands find the cluster."""
    if os.geteuid() != 0 or shutil.which("slurmctld") is None:
        missing = "Slurm is not installed, or we are not root: see `make test-slurm`"
        if "REQUIRE_SLURM" in os.environ:  # whoever asked for these tests is not told that all is well
            pytest.fail(missing)
        pytest.skip(missing)
    folder = (
        Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp")) / "cluster"
    )  # munge wants a short path of root's own
    subprocess.run([SCRIPT, "start", folder], check=True, timeout=120)
    yield {"SLURM_CONF": str(folder / "slurm.conf")}
    subprocess.run([SCRIPT, "stop", folder], check=True, timeout=120)
    folder.parent.rmdir()
