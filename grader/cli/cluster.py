"""Chooses where `grader autograde --cluster` sends a class: a running scheduler, or Slurm jobs of its own."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from grader.batch.cluster import ClusterExecutor
    from grader.glue.classwide import ClassAutograde

SLURM = "slurm"


def cluster_executor(
    cluster: str, tls: Path | None, converter: ClassAutograde, boxed: bool, console: Console
) -> ClusterExecutor:
    """The executor for ``--cluster``; connects with the first task.

    Parameters
    ----------
    cluster : str
        Address of a scheduler, or ``slurm``.
    tls : Path or None
        Folder of certificates; else ``c.Grading.tls``.
    converter : ClassAutograde
        For the course's settings.
    boxed : bool
    console : Console

    Raises
    ------
    ClusterError
        If the address cannot be used.
    """
    from grader.batch.cluster import ClusterExecutor, connected
    from grader.batch.slurm import advice, check_settings, jobs
    from grader.batch.tls import Certificates, check_address
    from grader.glue.settings import STATE, Grading

    def said(line: str) -> None:
        console.print(escape(line), highlight=False, soft_wrap=True)

    settings = Grading(config=converter.config)
    certificates = Certificates.chosen(tls, settings.tls)
    reference = list(settings.reference)
    if cluster == SLURM:
        check_settings(settings.slurm)
        state = Path(converter.coursedir.root).resolve() / STATE
        name = f"grader-{os.getpid()}"
        open_jobs = partial(jobs, settings.slurm, certificates, state, boxed, name, said)
        return ClusterExecutor(open_jobs, reference, said, partial(advice, name, state))
    check_address(cluster, certificates)
    start_one = f"start one with `grader runner {cluster}`"
    return ClusterExecutor(partial(connected, cluster, certificates), reference, said, lambda: start_one)
