"""`grader demo`: a throw-away course with a simulated class, graded for real from release to CSV.

Every step is the command that an instructor types, run in a process of its own and shown. At the end
the table is checked against what the roster says must be found; one difference and the exit code is 1.
"""

from __future__ import annotations

import os
import re
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.demo import steps
from grader.demo.course import ASSIGNMENT, NOTEBOOK, DemoCourse, find_checkout, make_course
from grader.demo.handing_in import hand_in
from grader.demo.outcome import Outcome, read_outcomes
from grader.demo.roster import CLASS, EXERCISES
from grader.demo.verdict import differences
from grader.errors import CourseError

INSTRUCTIVE = "rosa"  # three mistakes, one in each exercise
SHORT = {"create_causal_mask": "mask", "transformer_decoder": "decoder", "generate": "generate"}
HEADING = {"create_causal_mask": "mask\nof 4", "transformer_decoder": "dec.\nof 10", "generate": "gen.\nof 6"}
NARROW = 110  # columns where no terminal says how wide it is


class Language(StrEnum):
    """Language of the release and of the messages to students."""

    en = "en"
    fr = "fr"


def demo(
    folder: Annotated[Path, typer.Option(help="Course folder to make; an earlier demo's is emptied.")] = Path(
        "demo-course"
    ),
    language: Annotated[
        Language, typer.Option(help="Language of the release and of the feedback.")
    ] = Language.en,
    repo: Annotated[
        Path | None, typer.Option(help="Checkout of the project; default: the one around the working folder.")
    ] = None,
) -> None:
    """Grade a simulated class end to end: release, hand in, autograde, feedback, CSV, and a checked table."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=NARROW)
    began = time.monotonic()
    course = make_course(folder, find_checkout(repo), language.value)
    console.print(
        f"A throw-away course in [bold]{escape(str(course.folder))}[/] with {len(CLASS)} simulated students.\n"
        "Each step is the command that you would type in your own course.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    _workflow(console, course)
    outcomes = read_outcomes(course, [s.name for s in CLASS], language.value)
    wrong = {s.name: differences(course, s, outcomes) for s in CLASS}
    console.print()
    console.print(outcome_table(outcomes, wrong))
    _close(console, course, wrong, time.monotonic() - began)


def _workflow(console: Console, course: DemoCourse) -> None:
    steps.write_class_list(course, CLASS)
    _step(console, course, 1, steps.RELEASE)
    _step(console, course, 2, steps.ENROL)
    began = time.monotonic()
    for student in CLASS:
        hand_in(course, student)
    _say(
        console,
        3,
        "students work on release/ and hand in",
        f"submitted/<student>/{ASSIGNMENT}/",
        time.monotonic() - began,
    )
    _step(console, course, 4, steps.GRADE)
    _step(console, course, 5, steps.FEEDBACK)
    _step(console, course, 6, steps.EXPORT)
    if not (course.folder / "grades.csv").is_file():
        raise CourseError(
            f"`{steps.EXPORT.line}` wrote no grades.csv; see {steps.log_of(steps.EXPORT, course)}"
        )


def _step(console: Console, course: DemoCourse, number: int, step: steps.Step) -> None:
    with console.status(step.line) as status:

        def tick() -> None:
            if step is steps.GRADE:
                status.update(f"{step.line}  {steps.graded_so_far(course)}/{len(CLASS)}")

        seconds = steps.run(step, course, tick)
    _say(console, number, step.title, f"$ {step.line}", seconds)


def _say(console: Console, number: int, title: str, line: str, seconds: float) -> None:
    console.print(
        f"[bold cyan]{number}[/] {title:<44} [bold]{escape(line):<42}[/] [dim]{seconds:5.1f} s[/]",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def outcome_table(outcomes: dict[str, Outcome], wrong: dict[str, list[str]]) -> Table:
    """The class: what was handed in, the score of each exercise, what the grader saw, whether that is right.

    Parameters
    ----------
    outcomes : dict of str to Outcome
    wrong : dict of str to list of str
        Differences from the roster, by student.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("student", no_wrap=True)
    table.add_column("hands in", ratio=3)
    for exercise in EXERCISES:
        table.add_column(HEADING[exercise], justify="right", no_wrap=True)
    table.add_column("what went wrong", overflow="fold", ratio=4)
    table.add_column("", no_wrap=True)
    for student in CLASS:
        seen = outcomes[student.name]
        sign = "[bold red]✗[/]" if wrong[student.name] else "[green]✓[/]"
        table.add_row(escape(student.name), student.story, *_scores(seen), escape(went_wrong(seen)), sign)
    return table


def _scores(seen: Outcome) -> list[str]:
    found = [seen.exercises.get(e) for e in EXERCISES]
    return [f"{f.score:g}" if f else "–" for f in found]


def went_wrong(seen: Outcome) -> str:
    """In a few words: what ended the kernel, misconceptions by name, why it is not graded."""
    if not seen.graded:
        what = re.sub(r" \(.* .*\)", "", seen.reason.partition("; ")[0])  # neither advice nor details
        return f"not graded: {what.replace(f'{NOTEBOOK}.ipynb', 'the notebook')}"
    words = _together(seen.events)
    for exercise in EXERCISES:
        found = seen.exercises.get(exercise)
        if found is None or found.score == found.maximum:
            continue
        # Ids read as words, and fold between them.
        known = ", ".join(found.misconceptions).replace("_", " ")
        said = known or (found.sentences[0] if found.sentences else "no answer")
        words.append(f"{SHORT[exercise]}: {said}")
    return "; ".join(words)


def _together(events: tuple[str, ...]) -> list[str]:
    """Events; what happened to several cells in one phrase."""
    cells: dict[str, int] = {}
    for event in events:
        what = re.sub(r"^cell \w+_tests:? ", "test cells ", event)
        cells[what] = cells.get(what, 0) + 1
    return [what.replace("test cells", f"test cells ({n})") for what, n in cells.items()]


def _close(console: Console, course: DemoCourse, wrong: dict[str, list[str]], seconds: float) -> None:
    console.print(f"Grades:   {course.folder / 'grades.csv'}", highlight=False, soft_wrap=True)
    console.print(f"Feedback: {course.feedback_page(INSTRUCTIVE)}", highlight=False, soft_wrap=True)
    found = [(student, d) for student, ds in wrong.items() for d in ds]
    if not found:
        console.print(
            f"[bold green]The table is right for all {len(CLASS)} simulated students[/] ({seconds:.0f} s). "
            "Questions in words are graded by hand: `nbgrader formgrader`.",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
        return
    students = len({s for s, _ in found})
    console.print(
        f"[bold red]The table is wrong for {students} of {len(CLASS)} simulated students:[/]", highlight=False
    )
    for student, difference in found:
        console.print(f"  [bold]{escape(student)}[/]: {escape(difference)}", highlight=False, soft_wrap=True)
    raise typer.Exit(1)
