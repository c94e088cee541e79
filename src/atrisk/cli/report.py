"""``atrisk report``: from a study file to a folder with the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DryRun", "report"]

DryRun = Annotated[
    bool, typer.Option("--dry-run", metavar="", help="Print the plan and compute nothing.")
]


def report(
    study: Annotated[
        Path, typer.Argument(help="A study.toml, or a folder that holds one.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="The folder to write; an earlier report in it is replaced."
        ),
    ] = Path("atrisk-report"),
    dry_run: DryRun = False,  # noqa: FBT002 - how typer takes a flag
) -> None:
    """Run a study and write its report: report.html, results.json, figures/ and tables/."""
    from atrisk.cli.job import plan_of, write_study_report

    plan = plan_of(study)
    if dry_run:
        from atrisk.study.plan_text import plan_text

        typer.echo(plan_text(plan))
        return
    write_study_report(plan, out)
