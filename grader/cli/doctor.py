"""`grader doctor`: which layers of the sandbox hold on this machine."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from grader.sandbox.doctor import probe_layers


def doctor() -> None:
    """Build a box, look at it from inside, and say which layers of the sandbox hold here."""
    console = Console()
    layers = probe_layers()
    table = Table()
    for column in ("layer", "holds", "what was seen", "what to do"):
        table.add_column(column, overflow="fold")
    for layer in layers:
        table.add_row(
            layer.name, "[green]yes[/]" if layer.holds else "[bold red]no[/]", layer.detail, layer.advice
        )
    console.print(table)
    if not all(layer.holds for layer in layers):
        raise typer.Exit(1)
