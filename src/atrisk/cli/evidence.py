"""``atrisk evidence``: the published record, listed, shown, tabled, checked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.cli.folder import FolderKind
    from atrisk.evidence.record import Filters, Record

__all__ = ["evidence"]

evidence = typer.Typer(
    help="The published record: studies, regimens and numbers, each with the place it is printed.",
    no_args_is_help=True,
)

_REVIEW = ("1", "2", "3", "4")
_OTHER = ("regimens", "endpoint")

Folder = Annotated[
    Path | None,
    typer.Option("--folder", help="A folder of your own study files, read beside the shipped."),
]
Out = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="The folder to write; an earlier one in it is replaced."),
]
Population = Annotated[
    str | None, typer.Option("--population", help="A disease or age group: b_all, older_adults.")
]
Line = Annotated[
    str | None, typer.Option("--line", help="frontline, salvage, mrd, transplant, maintenance.")
]
Regimen = Annotated[
    str | None,
    typer.Option("--regimen", help="A family, a schedule, or a part of a regimen's name."),
]
Ph = Annotated[str | None, typer.Option("--ph", help="negative, positive, any.")]
MinDose = Annotated[float | None, typer.Option("--min-dose", help="Least cumulative dose, mg/m2.")]
MaxDose = Annotated[
    float | None, typer.Option("--max-dose", help="Greatest cumulative dose, mg/m2.")
]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", help="Studies that have this: cr_cri, sos_vod.")
]


@evidence.command("list")
def list_studies(
    population: Population = None,
    line: Line = None,
    regimen: Regimen = None,
    ph: Ph = None,
    min_dose: MinDose = None,
    max_dose: MaxDose = None,
    endpoint: Endpoint = None,
    folder: Folder = None,
    out: Out = None,
) -> None:
    """List the studies; with -o write the page of the record, its tables and its timeline."""
    from atrisk.evidence.record import Filters, load_record
    from atrisk.evidence.record.document import record_document
    from atrisk.report.evidence import write_evidence
    from atrisk.report.evidence_text import table_text

    filters = Filters(population, line, ph, regimen, min_dose, max_dose, endpoint)
    document = record_document(load_record(folder), filters)
    if out is None:
        typer.echo(table_text(document["tables"][0], _width()))
        return
    _written(out, document, lambda where: write_evidence(document, where))


@evidence.command()
def show(
    study: Annotated[str, typer.Argument(help="The id of a study.", show_default=False)],
    audit: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool,
        typer.Option("--audit", metavar="", help="And what 'atrisk audit --record' finds of it."),
    ] = False,
    folder: Folder = None,
) -> None:
    """Show a study: facts, publications, overlaps, and every number with its place."""
    from atrisk.evidence.links import audited_study
    from atrisk.evidence.record import load_record
    from atrisk.evidence.record.document import study_document
    from atrisk.report.evidence_text import study_text

    record = load_record(folder)
    made = audited_study(record, study) if audit else study_document(record, study)
    typer.echo(study_text(made, _width()))


@evidence.command()
def table(
    which: Annotated[
        str, typer.Argument(help="1, 2, 3 or 4 (of the review), regimens, or endpoint.")
    ],
    population: Population = None,
    line: Line = None,
    regimen: Regimen = None,
    ph: Ph = None,
    min_dose: MinDose = None,
    max_dose: MaxDose = None,
    endpoint: Endpoint = None,
    overlapping: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool,
        typer.Option("--overlapping", metavar="", help="Keep studies that share patients."),
    ] = False,
    folder: Folder = None,
    out: Out = None,
) -> None:
    """Print a table of the review rebuilt from the record, the regimens, or an endpoint."""
    from atrisk.evidence.record import Filters, load_record
    from atrisk.evidence.record.document import table_document
    from atrisk.report.evidence import write_tables
    from atrisk.report.evidence_text import table_text

    filters = Filters(population, line, ph, regimen, min_dose, max_dose, endpoint)
    made = _made(load_record(folder), which, filters, overlapping=overlapping)
    if out is None:
        typer.echo(table_text(made, _width()))
        return
    document = table_document(made)
    _written(out, document, lambda where: write_tables(document, where))


def _made(record: Record, which: str, filters: Filters, *, overlapping: bool) -> dict[str, Any]:
    from atrisk.errors import InputError, nearest
    from atrisk.evidence.record import record_rows, selected
    from atrisk.evidence.record.review import review_table
    from atrisk.evidence.record.tables import endpoint_table, regimen_table

    if which in _REVIEW:
        return review_table(selected(record.studies, filters), int(which))
    if which == "regimens":
        return regimen_table(selected(record.studies, filters))
    if which != "endpoint":
        raise InputError(
            f"there is no table {which!r}.{nearest(which, (*_REVIEW, *_OTHER))}"
            f" Tables are {', '.join((*_REVIEW, *_OTHER))}."
        )
    if filters.endpoint is None:
        raise InputError("name the endpoint of the table, with --endpoint cr_cri, say.")
    rows = record_rows(record, filters.endpoint, filters=filters, overlapping=overlapping)
    return endpoint_table(rows)


@evidence.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(help="Study files, paper files, or folders of them.", show_default=False),
    ],
) -> None:
    """Check study files and paper files: every finding points at its line."""
    from atrisk.errors import InputError
    from atrisk.evidence.check import check_evidence

    found = check_evidence(files)
    if found.problems:
        raise InputError("\n".join(found.problems))
    for note in found.notes:
        typer.echo(f"Note: {note}")
    typer.echo(f"{found.counted}: nothing is wrong.")


@evidence.command()
def timeline(out: Out = None) -> None:
    """Print the dated events of the development; with -o draw them as SVG, PDF and PNG."""
    from atrisk.evidence.record.timeline import load_timeline, timeline_document
    from atrisk.report.evidence_timeline import write_timeline

    document = timeline_document(load_timeline())
    if out is None:
        for event in document["events"]:
            typer.echo(f"{event['when']}: {event['label']} [{event['paper']}, {event['at']}]")
        return
    _written(out, document, lambda where: write_timeline(document, where))


@evidence.command()
def schema() -> None:
    """Print the JSON Schema of a study file, for editors that complete it."""
    from atrisk.evidence.record.document import record_schema

    typer.echo(json.dumps(record_schema(), indent=2, ensure_ascii=False))


def _width() -> int:
    return max(shutil.get_terminal_size((120, 24)).columns, 60)


def _kind(document: dict[str, Any]) -> FolderKind:
    from atrisk.cli.folder import FolderKind

    figures = [f"timeline{width}.{kind}" for width in ("", "_column") for kind in _PICTURES]
    tables = [f"{made['id']}.csv" for made in document.get("tables", ())]
    return FolderKind(
        "folder of evidence",
        "evidence.json",
        document["schema"].rstrip("0123456789"),
        frozenset({"evidence.json", "evidence.html", *figures, *tables}),
        {},
    )


_PICTURES = ("svg", "pdf", "png")


def _written(out: Path, document: dict[str, Any], write: Callable[[Path], object]) -> None:
    from atrisk.cli.folder import check_kind, write_folder

    def whole(folder: Path) -> None:
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (folder / "evidence.json").write_text(text, encoding="utf-8", newline="\n")
        write(folder)

    kind = _kind(document)
    check_kind(out, kind)
    write_folder(out, kind, whole)
    typer.echo(f"Evidence: {out}")
