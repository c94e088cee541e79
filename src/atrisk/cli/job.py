"""What the commands share: making the plan, showing progress, writing the report."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import typer

from atrisk.cli.folder import REPORT, check_kind, write_folder
from atrisk.errors import InputError
from atrisk.study import plan_study, read_source, read_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atrisk.study import Plan

__all__ = ["plan_of", "study_of", "verify_report", "write_study_report"]


def plan_of(study: Path) -> Plan:
    """Read a study file and the header of its data, or its forms, and make the plan."""
    request = read_study(study)
    source = read_source(request)
    return plan_study(request, source.names, source)


def write_study_report(plan: Plan, out: Path) -> None:
    """Run a plan, write the report whole or not at all, and say where it is."""
    check_kind(out, REPORT)
    # reading, one step an analysis, writing
    with _progress(len(plan.analyses) + 2) as tell:
        document = _made(plan, out, tell)
    for warning in document["warnings"]:
        typer.echo(
            f"atrisk: warning: analysis {warning['analysis']!r}: {warning['message']}", err=True
        )
    open_rails = sum(rail["answer"] is None for rail in document.get("guard_rails", ()))
    if open_rails:
        noun = "guard rail has" if open_rails == 1 else "guard rails have"
        typer.echo(
            f"atrisk: {open_rails} {noun} no answer; the report shows them under 'Before this is"
            " published'.",
            err=True,
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


def _made(plan: Plan, out: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Run a plan and write its report; figures are drawn by processes that start meanwhile."""
    from atrisk.report import write_record, write_report
    from atrisk.report.worker import started
    from atrisk.study import run_record, run_study, template_paths

    templates, record = template_paths(plan), run_record(plan)
    study = os.path.relpath(plan.path.resolve(), out.resolve())

    with started() as workers:
        document = run_study(plan, tell)
        tell("Writing the report")

        def write(folder: Path) -> None:
            files = write_report(document, folder, templates=templates, workers=workers)
            write_record(record, folder, files, study.replace(os.sep, "/"))

        write_folder(out, REPORT, write)
    return document


def verify_report(plan: Plan, report: Path) -> list[str]:
    """Make a report again, beside the one there is, and say what differs."""
    from atrisk.report import differences, read_record

    read_record(report)
    with TemporaryDirectory() as folder, _progress(len(plan.analyses) + 2) as tell:
        again = Path(folder) / "report"
        _made(plan, again, tell)
        return differences(report, again)


def study_of(report: Path) -> Path:
    """Find the study file of a report, from the report's own record.

    Raises
    ------
    InputError
        it is not where it was.
    """
    from atrisk.report import read_record

    written = str(read_record(report)["study"])
    path = (report.resolve() / written).resolve()
    if not path.is_file():
        raise InputError(
            f"the study file of {report} is not where it was ({written} from there). Name it:"
            f" atrisk report STUDY --verify {report}"
        )
    return path


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
