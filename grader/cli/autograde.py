"""`grader autograde ASSIGNMENT`: grade a class in parallel, with a progress bar and a table."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader.cli.devices import check_device, choose_device
from grader.cli.running import NextRun, begin_zygote, closing, stoppable, zygote
from grader.cli.table import class_table, terminal
from grader.errors import GraderError

if TYPE_CHECKING:  # imported when needed: nbgrader alone takes a second
    from grader.batch import Executor
    from grader.glue.classwide import ClassAutograde, Ended
    from grader.sandbox.zygote import Zygote


def autograde(
    assignment: str = typer.Argument(..., help="Assignment to grade, e.g. mini_gpt."),
    students: str = typer.Option("", help="Only these students, separated by commas."),
    jobs: int = typer.Option(0, min=0, help="Worker processes; 0 means one more than CPU cores."),
    force: bool = typer.Option(False, "--force", "-f", help="Grade again what is graded already."),
    sandbox: str = typer.Option(
        "", help="`none` runs student code WITHOUT a box, as you. Default: the course's."
    ),
    cluster: str = typer.Option(
        "", help="Grade on the runners of a scheduler, tls://host:port, or on jobs of `slurm`."
    ),
    device: str = typer.Option(
        "auto", help="`cuda` runs notebooks on graphics cards, `cpu` never; `auto` where they import PyTorch."
    ),
    tls: Path = typer.Option(None, envvar="GRADER_TLS", help="Folder with certificates for --cluster."),
    other_versions: bool = typer.Option(
        False,
        help="With --cluster: also on runners whose Python, packages or grader are others; grades may be.",
    ),
    course: Path = typer.Option(Path("."), help="Course folder."),
) -> None:
    """Grade a class: every submission in a box of its own, hidden tests outside, one writer of grades."""
    console = terminal()
    check_device(device)
    with stoppable(console) as next_run, contextlib.ExitStack() as stack:
        from grader.batch.local import LocalExecutor, begin_fork_server

        begun: list[Zygote] = []
        if not cluster:  # they import for a second or two, and so do we
            begin_fork_server(
                course / "tests/hidden" / assignment
            )  # where they lie unless the settings say else
            if sandbox != "none" and (early := begin_zygote(stack)):
                begun.append(early)
        from grader.cli.cluster import choose_on_cluster, cluster_executor
        from grader.cli.course import open_course
        from grader.glue.classwide import ClassAutograde
        from grader.glue.settings import Grading
        from grader.sandbox.preload import imported

        app = open_course(course)
        app.coursedir.assignment_id = assignment
        converter = ClassAutograde(coursedir=app.coursedir, parent=app)
        converter.force = force
        if sandbox:
            if sandbox not in ("bwrap", "none"):
                raise typer.BadParameter("--sandbox is bwrap or none")
            converter.config.Grading.sandbox = sandbox
        boxed = (sandbox or converter.config.Grading.get("sandbox", "bwrap")) != "none"
        wanted = {s.strip() for s in students.split(",") if s.strip()} or None
        gc.freeze()  # nbgrader and all that it imports: not to be gone through again for each submission
        began = time.monotonic()
        with contextlib.chdir(app.coursedir.root):
            if not boxed:
                console.print("[bold yellow]--sandbox none:[/] student code runs as you, without any box")
            executor: Executor
            if cluster:
                executor = remote = cluster_executor(cluster, tls, converter, boxed, console, other_versions)
                converter.choose_device = lambda sources: choose_on_cluster(
                    device, sources, cluster, converter, remote, lambda line: _line(console, "", line)
                )
            else:
                number = jobs or (os.cpu_count() or 1) + 1  # one waits for a kernel while the others compute

                def warm() -> str:
                    return zygote(stack, imported(converter.sources), begun.pop() if begun else None)

                executor = local = LocalExecutor(number, warm if boxed else None)
                share_bytes = Grading(config=converter.config).gpu_slot_bytes
                converter.choose_device = lambda sources: choose_device(
                    device, sources, local, share_bytes, lambda line: _line(console, "", line)
                )
            with closing(executor):
                ended = _run(converter, executor, wanted, console, next_run)
    _report(console, ended, time.monotonic() - began, next_run)


def _run(
    converter: ClassAutograde,
    executor: Executor,
    students: set[str] | None,
    console: Console,
    next_run: NextRun,
) -> list[Ended]:
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    ended: list[Ended] = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None)

        def started(number: int) -> None:
            next_run.without_force = converter.force
            progress.update(bar, total=number)

        try:
            for done in converter.grade_class(executor, students, started):
                ended.append(done)
                progress.update(bar, advance=1, description=done.student)
        except GraderError as error:
            raise GraderError(next_run.told(str(error))) from None
    return ended


def _report(console: Console, ended: list[Ended], seconds: float, next_run: NextRun) -> None:
    from grader.glue.digest import PARTS
    from grader.glue.recorded import GRADEBOOK

    console.print(class_table(ended))
    counts = {how: sum(e.how == how for e in ended) for how in ("graded", "already graded", "not graded")}
    console.print(", ".join(f"{n} {how}" for how, n in counts.items() if n) + f" in {seconds:.1f} s")
    for part in (*PARTS, GRADEBOOK):
        if count := sum(e.how == "graded" and e.again != PARTS and part in e.again for e in ended):
            console.print(f"{count} graded again because this changed: {part}")
    for e in sorted(ended, key=lambda e: e.student):
        if e.how == "not graded":
            _line(console, "not graded", f"{e.student}: {next_run.told(e.reason)}")
        for notebook, graded in e.graded.items():
            for exercise in graded.exercises:
                for outcome in exercise.internal:
                    assert outcome.finding is not None
                    last = outcome.finding.detail.strip().split("\n")[-1]
                    where = f"{e.student}, {notebook}, {exercise.exercise}.{outcome.test}"
                    _line(console, "test fault", f"{where}: {last}")
    if any(e.needs_a_person for e in ended):
        raise typer.Exit(1)


def _line(console: Console, what: str, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()  # a folder's name need not be UTF-8
    what = f"[bold red]{what}[/] " if what else ""
    console.print(f"{what}{escape(text)}", highlight=False, soft_wrap=True)
