"""The application: its commands, its version, and what a mistake in the input looks like."""

from __future__ import annotations

import sys

import typer

from atrisk._version import __version__
from atrisk.cli.audit import audit
from atrisk.cli.check import check
from atrisk.cli.demo import demo
from atrisk.cli.dictionary import dictionary
from atrisk.cli.evidence import evidence
from atrisk.cli.export import export
from atrisk.cli.pool import pool
from atrisk.cli.reconstruct import reconstruct
from atrisk.cli.report import report
from atrisk.cli.schema import schema
from atrisk.errors import InputError

__all__ = ["app", "main"]

INPUT_MISTAKE = 2

app = typer.Typer(
    name="atrisk",
    help="From the case report forms of a clinical cohort to the checked numbers, tables and"
    " figures of the paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(check)
app.command()(report)
app.command()(export)
app.command()(audit)
app.command()(pool)
app.command()(reconstruct)
app.command()(demo)
app.command()(dictionary)
app.command()(schema)
app.add_typer(evidence, name="evidence")


def _version(asked: bool) -> None:  # noqa: FBT001 - how typer calls it
    if asked:
        typer.echo(f"atrisk {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: bool = typer.Option(  # noqa: FBT001 - acted on by its callback
        False,  # noqa: FBT003 - a flag that is off
        "--version",
        metavar="",
        callback=_version,
        is_eager=True,
        help="Print the version and exit.",
    ),
) -> None:
    """From the case report forms of a cohort to the numbers, tables and figures of the paper."""


def main() -> None:
    """Run the command line; a mistake in the input ends it with its message and exit code 2."""
    try:
        app()
    except InputError as error:
        typer.echo(f"atrisk: {error}", err=True)
        sys.exit(INPUT_MISTAKE)
