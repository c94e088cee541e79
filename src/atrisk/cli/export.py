"""``atrisk export``: a study's patients and endpoints in the variables of ADaM."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["export"]


def export(
    study: Annotated[
        Path, typer.Argument(help="A study.toml, or a folder that holds one.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="The folder to write; an earlier export in it is replaced."
        ),
    ] = Path("atrisk-export"),
) -> None:
    """Write ADSL and ADTTE of a study as CSV, Parquet, XPT and Dataset-JSON."""
    from atrisk.cli.folder import FolderKind, check_kind, write_folder
    from atrisk.cli.job import plan_of
    from atrisk.study.adam.export import EXPORT_FILES, study_export, write_export

    kind = FolderKind("data export", "export.json", "atrisk-export/", frozenset(EXPORT_FILES), {})
    check_kind(out, kind)
    made = study_export(plan_of(study))
    write_folder(out, kind, lambda folder: write_export(made, folder))
    for dataset in made.datasets:
        typer.echo(f"{dataset.name}: {dataset.rows} rows, {len(dataset.variables)} variables")
    for one, several, rows, file in (
        ("row left out", "rows left out", made.left_out, "left_out.csv"),
        ("query", "queries", made.queries, "queries.csv"),
    ):
        if rows:
            what = one if len(rows) == 1 else several
            typer.echo(f"{len(rows)} {what}: {out / file}", err=True)
    typer.echo(f"Export: {out}")
