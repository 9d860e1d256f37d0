"""`grader audit [ASSIGNMENT]`: try the hidden tests on every known right and wrong answer."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader.cli.running import closing, stoppable, zygote
from grader.cli.table import terminal
from grader.errors import CourseError

if TYPE_CHECKING:  # imported when needed, as in autograde
    from grader.audit.grading import AssignmentAudit
    from grader.audit.report import AuditReport, ExerciseAudit
    from grader.batch.local import LocalExecutor
    from grader.engine.task import GradeTask

SHOWN = 12  # flaws of one kind on the terminal; the page has them all
TOLD = "told its name"
COLOURS = {"●": "bold blue", "○": "bold yellow", "·": "dim"}


def audit(
    assignment: str = typer.Argument("", help="Assignment to audit, e.g. mini_gpt; all where left out."),
    only: str = typer.Option("", help="Only these exercises, separated by commas."),
    jobs: int = typer.Option(0, min=0, help="Worker processes; 0 means one for each CPU core."),
    html: Path = typer.Option(
        Path(".grader/audit.html"), help="Where the report goes, in the course folder."
    ),
    json_file: Path | None = typer.Option(None, "--json", help="Write everything as JSON, too."),
    strict: bool = typer.Option(False, "--strict", help="Fail for any flaw, not only for wrong grades."),
    seed: str = typer.Option("audit", help="Seed of the hidden inputs; another one tries others."),
    solutions: Path | None = typer.Option(
        None, help="Library of answers; default: `solutions` beside the hidden tests."
    ),
    sandbox: str = typer.Option("", help="`none` runs the answers WITHOUT a box, as you."),
    course: Path = typer.Option(Path("."), help="Course folder."),
) -> None:
    """Try the hidden tests on every known right and wrong answer, and report which test catches what.

    Exits with 1 where a right answer loses points, is refused by the visible check, or a wrong one loses none.
    """
    console = terminal()
    with stoppable(console, "stopped; nothing was written"):
        report, language = _audit(console, assignment, only, jobs, seed, solutions, sandbox, course)
    from grader.audit.as_json import as_json
    from grader.audit.page import as_page

    page = html if html.is_absolute() else course / html
    _write(page, as_page(report, language))
    if json_file is not None:
        _write(json_file, json.dumps(as_json(report), indent=1, ensure_ascii=False) + "\n")
    _show(console, report, page)
    if report.failed or (strict and report.flaws):
        raise typer.Exit(1)


def _audit(
    console: Console,
    assignment: str,
    only: str,
    jobs: int,
    seed: str,
    solutions: Path | None,
    sandbox: str,
    course: Path,
) -> tuple[AuditReport, str]:
    from grader.audit.collected import collect_hidden_tests
    from grader.audit.grading import AssignmentAudit
    from grader.audit.solutions import read_solutions, solved_assignments
    from grader.batch.local import LocalExecutor
    from grader.cli.course import open_course
    from grader.glue.settings import Grading

    if sandbox not in ("", "bwrap", "none"):
        raise typer.BadParameter("--sandbox is bwrap or none")
    began = time.monotonic()
    app = open_course(course)
    root = Path(app.coursedir.root)
    settings = Grading(parent=app)
    if sandbox:
        settings.sandbox = sandbox
    boxed = settings.sandbox != "none"
    library = solutions or (settings.root_folder(root) / settings.hidden_tests).parent / "solutions"
    names = [assignment] if assignment else solved_assignments(library)
    wanted = {e.strip() for e in only.split(",") if e.strip()}
    answers = {name: read_solutions(library, name) for name in names}
    if not any(answers.values()):
        raise CourseError(f"there are no answers in {library / assignment}/<exercise>/{{right,wrong}}/*.py")
    _check_names(wanted, {s.exercise for found in answers.values() for s in found})
    folders = {name: folder for name in names if (folder := settings.tests_for(name, root))}
    if not boxed:
        console.print("[bold yellow]--sandbox none:[/] the answers run as you, without any box")
    with console.status("collecting the hidden tests"):
        hidden = collect_hidden_tests(folders, settings.root_folder(root))
    source = root / app.coursedir.source_directory
    parts = [
        AssignmentAudit(n, settings, root, source / n, answers[n], hidden.get(n, []), frozenset(wanted))
        for n in names
    ]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-audit-")))
        executor = LocalExecutor(jobs or os.cpu_count() or 1, (lambda: zygote(stack)) if boxed else None)
        with closing(executor):
            _grade(parts, executor, folder, seed, console)
    return _report(parts, time.monotonic() - began, boxed, seed), settings.language


def _check_names(wanted: set[str], known: set[str]) -> None:
    if unknown := wanted - known:
        raise CourseError(
            f"there are no answers for {', '.join(sorted(unknown))}; there are for {', '.join(sorted(known))}"
        )


def _grade(
    parts: list[AssignmentAudit], executor: LocalExecutor, folder: Path, seed: str, console: Console
) -> None:
    """Send all answers to the workers, keep what comes back."""
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    by_name = {p.assignment: p for p in parts}

    def tasks() -> Iterator[GradeTask]:
        for part in parts:
            files = folder / part.assignment
            files.mkdir(parents=True)
            yield from part.tasks(files, seed)

    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=sum(p.number_of_tasks() for p in parts))
        for task, result in executor.run(tasks()):
            by_name[task.assignment].judge(task, result)
            progress.update(bar, advance=1, description=f"{task.assignment}/{task.student}")


def _report(parts: list[AssignmentAudit], seconds: float, boxed: bool, seed: str) -> AuditReport:
    from grader.audit.report import TITLES, AuditReport, flaws_of

    exercises = tuple(e for p in parts for e in p.audited())
    flaws = [*(f for e in exercises for f in flaws_of(e)), *(f for p in parts for f in p.flaws())]
    flaws.sort(key=lambda f: list(TITLES).index(f.kind))
    return AuditReport(exercises, tuple(flaws), seconds, boxed, seed, tuple(p.assignment for p in parts))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourseError(f"the report cannot be written to {path}: {error.strerror}") from None


# -- the terminal -------------------------------------------------------------------------------------


def _show(console: Console, report: AuditReport, page: Path) -> None:
    from grader.audit.matrix import MEANING, SIGNS
    from grader.audit.report import TITLES

    def line(text: Any = "") -> None:
        console.print(text, highlight=False, soft_wrap=True)

    line("a column is a wrong answer, numbered as in its folder; the test "
         + ", ".join(f"{_coloured(SIGNS[m])} {MEANING[m]}" for m in ("named", "caught", "passed")))  # fmt: skip
    for exercise in report.exercises:
        line()
        _matrix(line, exercise)
    for kind, title in TITLES.items():
        found = [f for f in report.flaws if f.kind == kind]
        if not found:
            continue
        line()
        line(f"[bold red]✗ {title}[/]" if found[0].is_error else f"[bold yellow]⚠ {title}[/]")
        for f in found[:SHOWN]:
            line(f"  [bold]{escape(f.assignment)}/{escape(f.exercise)}[/] {escape(f.text)}")
        if len(found) > SHOWN:
            line(f"  ... and {len(found) - SHOWN} more in the report")
    line()
    line(f"{page} has the whole report ({report.seconds:.0f} s)")
    for said in report.figures.lines():
        line(f"[bold]{said}[/]")


def _matrix(line: Any, audit: ExerciseAudit) -> None:
    """Tests × misconceptions: a row a hidden test, a character a wrong answer."""
    from grader.audit.matrix import let_through, row

    right = f"{sum(v.full for v in audit.right)} of {len(audit.right)} right answers accepted"
    passed = f"the visible check lets {len(let_through(audit))} of {len(audit.wrong)} wrong ones through"
    line(f"[bold]{escape(audit.assignment)}/{escape(audit.exercise)}[/]: {right}; {passed}")
    width = max(len(TOLD), *(len(t.name) for t in audit.tests))
    numbers = [v.solution.name.partition("_")[0][-2:].rjust(2) for v in audit.wrong]
    for digit in (0, 1):
        line(f"  [dim]{' ' * width}  {''.join(n[digit] for n in numbers)}[/]")
    for test in audit.tests:
        marks = "".join(_coloured(c) for c in row(audit, test.name))
        line(f"  {escape(test.name.ljust(width))}  {marks}  {len(audit.kills(test.name))}")
    told = "".join("✓" if v.told else "✗" for v in audit.wrong)
    line(f"  {TOLD.ljust(width)}  {told}  {sum(v.told for v in audit.wrong)}")


def _coloured(sign: str) -> str:
    return f"[{COLOURS[sign]}]{sign}[/]" if sign in COLOURS else sign
