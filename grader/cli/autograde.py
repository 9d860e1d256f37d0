"""`grader autograde ASSIGNMENT`: grade a class in parallel, with a progress bar and a table."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader.batch.local import LocalExecutor
from grader.cli.course import open_course
from grader.cli.table import class_table
from grader.errors import SandboxError
from grader.glue.classwide import ClassAutograde, Ended
from grader.sandbox.doctor import require_layers
from grader.sandbox.running import KernelStartError
from grader.sandbox.zygote import Zygote


def autograde(
    assignment: str = typer.Argument(..., help="Assignment to grade, e.g. mini_gpt."),
    students: str = typer.Option("", help="Only these students, separated by commas."),
    jobs: int = typer.Option(0, help="Worker processes; 0 means one for each CPU core."),
    force: bool = typer.Option(False, "--force", "-f", help="Grade again what is graded already."),
    sandbox: str = typer.Option("", help="`none` runs student code WITHOUT a box, as you. Default: the course's."),
    course: Path = typer.Option(Path("."), help="Course folder."),
) -> None:
    """Grade a class: every submission in a box of its own, hidden tests outside, one writer of grades."""
    console = Console()
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
    began = time.monotonic()
    with contextlib.chdir(app.coursedir.root), contextlib.ExitStack() as stack:
        zygote = _zygote(stack) if boxed else None
        if not boxed:
            console.print("[bold yellow]--sandbox none:[/] student code runs as you, without any box")
        executor = LocalExecutor(jobs or os.cpu_count() or 1, zygote)
        stack.callback(executor.close)
        ended = _run(converter, executor, wanted, console)
    _report(console, converter, ended, time.monotonic() - began)


def _zygote(stack: contextlib.ExitStack) -> str:
    """Start the warm process that all workers share; refuse where no box can be built."""
    require_layers()
    try:
        return stack.enter_context(Zygote.start()).address
    except KernelStartError as error:
        raise SandboxError(f"{error}; run `grader doctor`") from None


def _run(
    converter: ClassAutograde, executor: LocalExecutor, students: set[str] | None, console: Console
) -> list[Ended]:
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    ended: list[Ended] = []
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=None)
        try:
            for done in converter.grade_class(executor, students, lambda n: progress.update(bar, total=n)):
                ended.append(done)
                progress.update(bar, advance=1, description=done.student)
        except KeyboardInterrupt:
            executor.close(kill=True)
            console.print(f"stopped after {len(ended)} submissions; what is graded stays graded")
            raise
    return ended


def _report(console: Console, converter: ClassAutograde, ended: list[Ended], seconds: float) -> None:
    console.print(class_table(ended))
    counts = {how: sum(e.how == how for e in ended) for how in ("graded", "already graded", "not graded")}
    console.print(", ".join(f"{n} {how}" for how, n in counts.items() if n) + f" in {seconds:.1f} s")
    for e in ended:
        if e.how == "not graded":
            console.print(f"[bold red]not graded[/] {e.student}: {e.reason}", highlight=False, soft_wrap=True)
        for notebook, graded in e.graded.items():
            for exercise in graded.exercises:
                for outcome in exercise.internal:
                    assert outcome.finding is not None
                    last = outcome.finding.detail.strip().split("\n")[-1]
                    console.print(
                        f"[bold red]test fault[/] {e.student}, {notebook}, {exercise.exercise}.{outcome.test}: {last}",
                        highlight=False, soft_wrap=True,
                    )  # fmt: skip
    if any(e.needs_a_person for e in ended):
        raise typer.Exit(1)
