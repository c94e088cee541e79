"""What the commands share: making the plan, showing progress, writing the report."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from atrisk.cli.folder import REPORT, check_kind, write_folder
from atrisk.study import plan_study, read_source, read_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from atrisk.study import Plan

__all__ = ["plan_of", "write_study_report"]


def plan_of(study: Path) -> Plan:
    """Read a study file and the header of its data, or its forms, and make the plan."""
    request = read_study(study)
    source = read_source(request)
    return plan_study(request, source.names, source)


def write_study_report(plan: Plan, out: Path) -> None:
    """Run a plan, write the report whole or not at all, and say where it is."""
    from atrisk.report import write_report
    from atrisk.study import run_study

    check_kind(out, REPORT)
    # reading, one step an analysis, writing
    with _progress(len(plan.analyses) + 2) as tell:
        document = run_study(plan, tell)
        tell("Writing the report")
        write_folder(out, REPORT, lambda folder: write_report(document, folder))
    for warning in document["warnings"]:
        typer.echo(
            f"atrisk: warning: analysis {warning['analysis']!r}: {warning['message']}", err=True
        )
    errors = _errors(document)
    if errors:
        typer.echo(
            f"atrisk: warning: the checks of the forms found errors ({errors}). The report was"
            f" written from the entries as they are. Run 'atrisk check {plan.data_path}' for the"
            " query sheets.",
            err=True,
        )
    typer.echo(f"Report: {out / 'report.html'}")


def _errors(document: dict[str, Any]) -> str:
    """Count the queries of severity error in the forms of a study, by centre."""
    centres = document.get("data", {}).get("checks", [])
    return ", ".join(f"{c['label']}: {c['error']}" for c in centres if c["error"])


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """Show a bar on a terminal; say nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=steps)
        started = False

        def tell(step: str) -> None:
            nonlocal started
            progress.update(task, description=step, advance=1 if started else 0)
            started = True

        yield tell
