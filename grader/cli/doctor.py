"""`grader doctor`: which layers of the sandbox hold on this machine."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.sandbox.doctor import ESSENTIAL, probe_cards, probe_layers


def doctor() -> None:
    """Build a box, look at it from inside, and say which layers of the sandbox hold here.

    Exits with 1 where grading refuses: a layer is missing without which there is no box worth the name.
    """
    console = Console()
    layers = probe_layers()
    if not {layer.name for layer in layers if not layer.holds} & set(ESSENTIAL):
        layers.append(probe_cards())
    table = Table()
    for column in ("layer", "holds", "what was seen", "what to do"):
        table.add_column(column, overflow="fold")
    for layer in layers:
        table.add_row(
            layer.name,
            "[green]yes[/]" if layer.holds else "[bold red]no[/]",
            escape(layer.detail),
            escape(layer.advice),
        )
    console.print(table)
    weaker = [layer.name for layer in layers if not layer.holds]
    missing = [name for name in weaker if name in ESSENTIAL]
    if missing:
        console.print(f"[bold red]grading refuses on this machine:[/] {', '.join(missing)}")
        raise typer.Exit(1)
    console.print(
        "submissions can be graded here" + (f"; weaker than could be: {', '.join(weaker)}" if weaker else "")
    )
