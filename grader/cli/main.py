"""Gathers the commands; errors for people become one line, everything else a traceback."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.markup import escape

from grader import __version__
from grader.cli.audit import audit
from grader.cli.autograde import autograde
from grader.cli.demo import demo
from grader.cli.doctor import doctor
from grader.cli.runner import runner, scheduler
from grader.errors import GraderError
from grader.startup import without_url_grammar

app = typer.Typer(
    name="grader",
    help="Grade hand-built language models in boxes, with hidden pytest tests that no student's code can reach.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(autograde)
app.command()(doctor)
app.command()(audit)
app.command()(demo)
app.command()(scheduler)
app.command()(runner)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Options of every command."""


def run() -> None:
    """Run the command line."""
    without_url_grammar()
    try:
        app()
    except GraderError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"[bold red]grader:[/] {escape(str(error))}", highlight=False
        )
        sys.exit(2)
