"""The class as a table: student, score of each exercise, what went wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.result import ExerciseResult, GradedNotebook

if TYPE_CHECKING:
    from grader.glue.classwide import Ended

WIDE = 240  # columns where there is no terminal to say how many it has


def terminal() -> Console:
    """Where a command speaks: as wide as the terminal, or ``COLUMNS``, or wide where neither is known."""
    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=WIDE)


def class_table(ended: list[Ended]) -> Table:
    """One row a submission.

    Parameters
    ----------
    ended : list of Ended
    """
    table = Table(show_lines=False)
    graded = [g for e in ended for g in e.graded.values()]
    names = list(dict.fromkeys(s.grade_id for g in graded for s in g.scores))
    table.add_column("student")
    for name in names:
        table.add_column(name.removesuffix("_tests"), justify="right")
    table.add_column("what went wrong", overflow="fold")
    for e in sorted(ended, key=lambda e: e.student):
        scores = {s.grade_id: s for g in e.graded.values() for s in g.scores}
        cells = [f"{scores[n].score:g}/{scores[n].max_score:g}" if n in scores else "" for n in names]
        table.add_row(_shown(e.student), *cells, _shown(what_went_wrong(e)))
    return table


def _shown(text: str) -> str:
    """Text that is no markup, and that any UTF-8 output takes (a folder's name need not be UTF-8)."""
    return escape(text.encode("utf-8", "replace").decode())


def what_went_wrong(e: Ended) -> str:
    """In a few words: misconceptions by name, errors, deaths of the kernel."""
    if e.how != "graded":
        return f"{e.how}: {e.reason}" if e.reason else e.how
    words = [w for g in e.graded.values() for w in _of_notebook(g)]
    return "; ".join(dict.fromkeys(words))


def _of_notebook(graded: GradedNotebook) -> list[str]:
    return [*(d for d in map(diagnosis, graded.exercises) if d), *graded.events]


def diagnosis(result: ExerciseResult) -> str:
    """The first failed test that names a misconception; else the first failed test's kind."""
    failed = [o.finding for o in result.outcomes if o.finding is not None]
    named = next((f.misconception for f in failed if f.misconception), None)
    if named:
        return f"{result.exercise}: {named}"
    return f"{result.exercise}: {failed[0].kind}" if failed else ""
