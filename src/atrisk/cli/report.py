"""``atrisk report``: from a study file to a folder with the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atrisk.errors import InputError

__all__ = ["DryRun", "report"]

DryRun = Annotated[
    bool, typer.Option("--dry-run", metavar="", help="Print the plan and compute nothing.")
]
_OUT = Path("atrisk-report")


def report(
    study: Annotated[
        Path | None,
        typer.Argument(
            help="A study.toml, or a folder that holds one; with --verify that of the report if"
            " absent.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="The folder to write; an earlier report in it is replaced."
        ),
    ] = _OUT,
    dry_run: DryRun = False,  # noqa: FBT002 - how typer takes a flag
    verify: Annotated[
        Path | None,
        typer.Option(
            "--verify",
            metavar="REPORT",
            help="Write nothing: make the report in this folder again and say what differs.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run a study and write its report: HTML, Word, PDF, results.json, figures and tables."""
    from atrisk.cli.job import plan_of, study_of, write_study_report

    if verify is not None:
        if dry_run or out != _OUT:
            raise InputError("--verify writes nothing: leave out -o and --dry-run.")
        _verify(study or study_of(verify), verify)
        return
    if study is None:
        raise InputError("name a study.toml, or a folder that holds one.")
    plan = plan_of(study)
    if dry_run:
        from atrisk.study.plan_text import plan_text

        typer.echo(plan_text(plan))
        return
    write_study_report(plan, out)


def _verify(study: Path, report_folder: Path) -> None:
    """Say what differs, and end with exit code 1 if anything does."""
    from atrisk.cli.job import plan_of, verify_report

    found = verify_report(plan_of(study), report_folder)
    for line in found:
        typer.echo(line)
    if found:
        raise typer.Exit(1)
    typer.echo(f"Nothing differs: {report_folder} comes out the same from {study}.")
