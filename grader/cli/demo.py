"""`grader demo`: a throw-away course with a simulated class, graded for real from release to CSV.

Every step is the command that an instructor types, run in a process of its own and shown. At the end
each assignment's table is checked against what the roster says must be found; one difference and the
exit code is 1.
"""

from __future__ import annotations

import contextlib
import os
import re
import textwrap
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.cli.running import stoppable, zygote
from grader.demo import steps
from grader.demo.course import DemoCourse, find_checkout, make_course
from grader.demo.handing_in import hand_in
from grader.demo.outcome import Outcome, exported_scores, read_outcomes
from grader.demo.roster import chosen, class_list
from grader.demo.submission import Assignment
from grader.demo.verdict import differences, strangers
from grader.errors import CourseError

NARROW = 120  # columns where no terminal says how wide it is
LONGEST = 120  # characters of a sentence in a table


class Language(StrEnum):
    """Language of the release and of the messages to students."""

    en = "en"
    fr = "fr"


def demo(
    folder: Annotated[Path, typer.Option(help="Course folder to make; an earlier demo's is emptied.")] = Path(
        "demo-course"
    ),
    assignment: Annotated[
        list[str] | None,
        typer.Option(help="Only this assignment; may be given several times. Default: all of them."),
    ] = None,
    language: Annotated[
        Language, typer.Option(help="Language of the release and of the feedback.")
    ] = Language.en,
    repo: Annotated[
        Path | None, typer.Option(help="Checkout of the project; default: the one around the working folder.")
    ] = None,
) -> None:
    """Grade a simulated class end to end: release, hand in, autograde, feedback, CSV, and checked tables."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=NARROW)
    began = time.monotonic()
    assignments = chosen(assignment or [])
    course = make_course(folder, find_checkout(repo), language.value, assignments)
    submissions = sum(len(a.students) for a in assignments)
    console.print(
        f"A throw-away course in [bold]{escape(str(course.folder))}[/]: {_count(len(assignments), 'assignment')}, "
        f"{len(class_list(assignments))} simulated students, {submissions} submissions.\n"
        "Each step is the command that you would type in your own course.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    with stoppable(console, "stopped; the next demo begins anew"):
        _workflow(console, course, assignments)
    wrong = 0
    for a in assignments:
        outcomes = read_outcomes(course, a, language.value)
        found = {s.name: differences(course, a, s, outcomes) for s in a.students}
        stray = strangers(a, exported_scores(course, a.name))
        console.print()
        console.print(outcome_table(a, outcomes, found))
        _say_what_is_wrong(console, found, stray)
        wrong += sum(map(bool, found.values())) + len(stray)
    _close(console, course, assignments, wrong, time.monotonic() - began)


# -- the course ---------------------------------------------------------------------------------


def _workflow(console: Console, course: DemoCourse, assignments: Sequence[Assignment]) -> None:
    steps.write_class_list(course, class_list(assignments))
    for a in assignments:
        _step(console, course, 1, steps.release(a.name))
    _step(console, course, 2, steps.ENROL)
    began = time.monotonic()
    for a in assignments:
        for student in a.students:
            hand_in(course, a, student)
    seconds = time.monotonic() - began
    _say(console, 3, "students work on release/ and hand in", "submitted/<student>/<assignment>/", seconds)
    with contextlib.ExitStack() as stack:
        warm = zygote(stack)  # one for all assignments
        for a in assignments:
            _step(console, course, 4, steps.grade(a.name), a, warm)
    for a in assignments:
        _step(console, course, 5, steps.feedback(a.name))
    _step(console, course, 6, steps.EXPORT)
    if not (course.folder / "grades.csv").is_file():
        raise CourseError(
            f"`{steps.EXPORT.line}` wrote no grades.csv; see {steps.log_of(steps.EXPORT, course)}"
        )


def _step(
    console: Console,
    course: DemoCourse,
    number: int,
    step: steps.Step,
    grading: Assignment | None = None,
    warm: str = "",
) -> None:
    with console.status(step.line) as status:

        def tick() -> None:
            if grading is not None:
                done = steps.graded_so_far(course, grading.name)
                status.update(f"{step.line}  {done}/{len(grading.students)}")

        seconds = steps.run(step, course, tick, warm)
    _say(console, number, step.title, f"$ {step.line}", seconds)


def _say(console: Console, number: int, title: str, line: str, seconds: float) -> None:
    console.print(
        f"[bold cyan]{number}[/] {title:<37} [bold]{escape(line):<49}[/] [dim]{seconds:5.1f} s[/]",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


# -- what came out ------------------------------------------------------------------------------


def outcome_table(assignment: Assignment, outcomes: dict[str, Outcome], wrong: dict[str, list[str]]) -> Table:
    """A class: what was handed in, the score of each exercise, what the grader saw, whether that is right.

    Parameters
    ----------
    assignment : Assignment
    outcomes : dict of str to Outcome
    wrong : dict of str to list of str
        Differences from the roster, by student.
    """
    title = f"{assignment.name}: {', '.join(n.name for n in assignment.notebooks)}"
    table = Table(box=box.SIMPLE_HEAD, padding=0, title=title, title_justify="left", title_style="bold")
    table.add_column("student", no_wrap=True)
    table.add_column("hands in", ratio=3)
    for exercise in assignment.exercises:
        table.add_column(f"{exercise.short}\nof {exercise.points:g}", justify="right", no_wrap=True)
    table.add_column("what went wrong", overflow="fold", ratio=4)
    table.add_column("", no_wrap=True)
    for student in assignment.students:
        seen = outcomes[student.name]
        scores = [seen.exercises.get(e.name) for e in assignment.exercises]
        shown = [f"{s.score:g}" if s else "–" for s in scores]
        sign = "[bold red]✗[/]" if wrong[student.name] else "[green]✓[/]"
        words = escape(went_wrong(assignment, seen))
        table.add_row(escape(student.name), student.story, *shown, words, sign)
    return table


def went_wrong(assignment: Assignment, seen: Outcome) -> str:
    """In a few words: what ended the kernel, misconceptions by name, why it is not graded."""
    if not seen.graded:
        what = re.sub(r" \(.* .*\)", "", seen.reason.partition("; ")[0])  # neither advice nor details
        for notebook in assignment.notebooks:
            what = what.replace(f"{notebook.name}.ipynb", "the notebook")
        return f"not graded: {what}"
    mistakes: dict[str, list[str]] = {}  # the same mistake in several exercises is told once
    for exercise in assignment.exercises:
        found = seen.exercises.get(exercise.name)
        if found is None or found.score == found.maximum:
            continue
        # Ids read as words, and fold between them.
        known = ", ".join(found.misconceptions).replace("_", " ")
        said = known or (found.sentences[0] if found.sentences else "no answer")
        mistakes.setdefault(textwrap.shorten(said, LONGEST), []).append(exercise.short)
    return "; ".join(
        [*_together(seen.events), *(f"{', '.join(who)}: {said}" for said, who in mistakes.items())]
    )


def _together(events: tuple[str, ...]) -> list[str]:
    """Events; what happened to several cells in one phrase."""
    cells: dict[str, int] = {}
    for event in events:
        what = re.sub(r"^cell \w+_tests:? ", "test cells ", event)
        cells[what] = cells.get(what, 0) + 1
    return [what.replace("test cells", f"test cells ({n})") for what, n in cells.items()]


def _say_what_is_wrong(console: Console, found: dict[str, list[str]], stray: list[str]) -> None:
    for student, what in found.items():
        for difference in what:
            _line(console, f"  [bold red]{escape(student)}[/]: {escape(difference)}")
    for difference in stray:
        _line(console, f"  [bold red]grades.csv[/]: {escape(difference)}")


def _close(
    console: Console, course: DemoCourse, assignments: Sequence[Assignment], wrong: int, seconds: float
) -> None:
    _line(console, f"Grades:   {course.folder / 'grades.csv'}")
    for a in assignments:
        notebook = next(s for s in a.students if s.name == a.instructive)
        page = course.feedback_page(a.instructive, a.name, a.handed_in(notebook)[0].name)
        _line(console, f"Feedback: {page}")
    rows = sum(len(a.students) for a in assignments)
    if wrong:
        _line(
            console, f"[bold red]The tables are wrong in {wrong} of {rows} rows; see the lines below them.[/]"
        )
        raise typer.Exit(1)
    _line(
        console,
        f"[bold green]All {rows} rows are as the roster says[/] ({seconds:.0f} s). "
        "Questions in words are graded by hand: `nbgrader formgrader`.",
    )


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' if n > 1 else ''}"
