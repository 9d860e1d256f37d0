"""Chooses where `grader autograde --cluster` sends a class: a running scheduler, or Slurm jobs of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from grader.cli.devices import may_use_cards

if TYPE_CHECKING:
    from distributed import Client

    from grader.batch.cluster import ClusterExecutor
    from grader.glue.classwide import ClassAutograde

SLURM = "slurm"


def cluster_executor(
    cluster: str,
    tls: Path | None,
    converter: ClassAutograde,
    boxed: bool,
    console: Console,
    other_versions: bool = False,
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
    other_versions : bool
        As in `ClusterExecutor`.

    Raises
    ------
    ClusterError
        If the address cannot be used.
    """
    from grader.batch.cluster import ClusterExecutor
    from grader.batch.connection import connected
    from grader.batch.slurm import advice, check_settings, jobs
    from grader.batch.tls import Certificates, check_address
    from grader.glue.settings import STATE, Grading

    def said(line: str) -> None:
        console.print(escape(line), highlight=False, soft_wrap=True)

    settings = Grading(config=converter.config)
    certificates = Certificates.chosen(tls, settings.tls)
    reference, slot_bytes = list(settings.reference), settings.gpu_slot_bytes
    if cluster == SLURM:
        check_settings(settings.slurm)
        state = Path(converter.coursedir.root).resolve() / STATE
        name = f"grader-{os.getpid()}"

        def open_jobs() -> AbstractContextManager[Client]:
            # A job that finds no card where one is wanted ends and says so; nobody waits for what it cannot do.
            told = ["--device", converter.device, "--gpu-slot-bytes", str(slot_bytes)]
            told += [] if boxed else ["--no-boxes"]
            return jobs(settings.slurm, certificates, state, told, name, said)

        @cache  # each reason once
        def waits(reason: str) -> None:
            said(f"Slurm has not started our jobs yet: {reason}")

        return ClusterExecutor(
            open_jobs,
            reference,
            said,
            partial(advice, name, state, waits),
            slot_bytes,
            other_versions=other_versions,
        )
    check_address(cluster, certificates)
    start_one = f"start one with `grader runner {cluster}`"
    return ClusterExecutor(
        partial(connected, cluster, certificates),
        reference,
        said,
        lambda: start_one,
        slot_bytes,
        other_versions=other_versions,
    )


def choose_on_cluster(
    device: str,
    sources: Sequence[str],
    cluster: str,
    converter: ClassAutograde,
    executor: ClusterExecutor,
    said: Callable[[str], None],
) -> str:
    """``cpu`` or ``cuda`` for an assignment that goes to a cluster.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
        ``auto`` takes cards where the notebooks import PyTorch and, at this moment, a runner announces some.  With
        Slurm there is no runner yet; there it is what ``c.Grading.slurm`` asks for.
    sources : sequence of str
        Cells of the assignment's notebooks.
    cluster : str
        As for `cluster_executor`.
    converter : ClassAutograde
        For the course's settings.
    executor : ClusterExecutor
        Connects now where runners have to be asked.
    said : callable
        Shows a line to a person.
    """
    from grader.batch.slurm import asks_for_cards
    from grader.glue.settings import Grading

    if device != "auto":
        return device
    if not may_use_cards(sources):
        return "cpu"
    if cluster == SLURM:
        asks = asks_for_cards(Grading(config=converter.config).slurm)
        said(f"on {'cards' if asks else 'the CPU'}: c.Grading.slurm asks for {'some' if asks else 'no card'}")
        return "cuda" if asks else "cpu"
    runners, cards = executor.announced()
    if not cards:
        said(
            f"on the CPU: no card is lent by {'the one runner' if runners == 1 else f'any of the {runners} runners'}"
        )
        return "cpu"
    said(f"on cards: {cards} slot{'s' * (cards != 1)} on those of the runners")
    return "cuda"
