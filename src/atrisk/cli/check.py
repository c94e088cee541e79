"""``atrisk check``: the forms of a study against their dictionary and its rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["check"]

#: The exit code where a query of severity error was found.
FOUND_ERRORS = 1
_COLUMNS = ("patients", "rows", "rejected", "errors", "warnings", "info")


def check(
    study: Annotated[
        Path, typer.Argument(help="A study.toml, or a folder that holds one.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="The folder to write; earlier checks in it are replaced."),
    ] = Path("atrisk-check"),
) -> None:
    """Check the forms of a study; write a query sheet a centre and a data-quality page.

    The exit code is 1 if a rule of severity error failed.
    """
    from atrisk.cli.folder import CHECKS, check_kind, write_folder
    from atrisk.report.quality import write_checks
    from atrisk.study import read_study
    from atrisk.study.checks.study import check_study

    check_kind(out, CHECKS)
    document = check_study(read_study(study))
    write_folder(out, CHECKS, lambda folder: write_checks(document, folder))
    for line in summary(document):
        typer.echo(line)
    for line in files_not_read(document):
        typer.echo(line)
    typer.echo(f"Data quality: {out / 'quality.html'}")
    typer.echo(f"Query sheets: {out / 'queries'}")
    if document["endpoints_problem"]:
        typer.echo(
            "atrisk: warning: the endpoints were not checked, for they cannot be made of these"
            f" forms: {document['endpoints_problem']}",
            err=True,
        )
    if any(centre["queries"]["error"] for centre in document["centres"]):
        raise typer.Exit(FOUND_ERRORS)


def summary(document: Mapping[str, Any]) -> Iterator[str]:
    """Spell the summary by centre: a table in plain text, then the rules that failed."""
    centres = document["centres"]
    rows = [_cells(centre["id"], [centre]) for centre in centres]
    if len(centres) > 1:
        rows.append(_cells("all", centres))
    yield from _aligned([("centre", *_COLUMNS), *rows])
    failed = [rule for rule in document["rules"] if rule["failed"]]
    yield ""
    if not failed:
        yield "No check failed."
    for rule in sorted(failed, key=lambda r: (_ORDER[r["severity"]], -r["failed"], r["id"])):
        share = f"{rule['failed']} of {rule['tested']}"
        yield f"{rule['severity']}: {rule['label']} ({rule['id']}): {share}"
    yield ""


def files_not_read(document: Mapping[str, Any]) -> Iterator[str]:
    """Name each file of which nothing was taken, with the reason."""
    failed = [item for item in document["rejected"] if item["level"] == "file"]
    for item in failed:
        where = f", {item['place']} {item['line']}" if item["line"] else ""
        field = f", {item['field']!r}" if item["field"] else ""
        yield f"not read: {item['file']} (centre {item['centre']}){where}{field}: {item['reason']}"
    if failed:
        yield ""


_ORDER = {"error": 0, "warning": 1, "info": 2}


def _cells(name: str, centres: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    keys = ("patients", "rows", "rows_rejected")
    counts = [
        *(sum(centre[key] for centre in centres) for key in keys),
        *(sum(centre["queries"][grave] for centre in centres) for grave in _ORDER),
    ]
    return (name, *map(str, counts))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Set columns side by side: names to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for first, *rest in rows:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells])
