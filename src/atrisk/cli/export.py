"""``atrisk export``: a study's patients and endpoints in the variables of ADaM."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from atrisk.errors import InputError, listed

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
    from atrisk.cli.job import plan_of
    from atrisk.study.adam.export import EXPORT_FILES, study_export, write_export

    _check_folder(out, EXPORT_FILES)
    made = study_export(plan_of(study))
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export.", dir=out) as beside:
            for path in write_export(made, Path(beside)):
                path.replace(out / path.name)
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror}. Name a folder with -o."
        ) from None
    for dataset in made.datasets:
        typer.echo(f"{dataset.name}: {dataset.rows} rows, {len(dataset.variables)} variables")
    for what, rows, file in (
        ("rows left out", made.left_out, "left_out.csv"),
        ("queries", made.queries, "queries.csv"),
    ):
        if rows:
            typer.echo(f"{len(rows)} {what}: {out / file}", err=True)
    typer.echo(f"Export: {out}")


def _check_folder(out: Path, known: tuple[str, ...]) -> None:
    """Refuse a folder that holds anything but an earlier export."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file. Name a folder with -o.")
    foreign = (
        sorted(path.name for path in out.iterdir() if path.name not in known)
        if (out.exists())
        else []
    )
    if foreign:
        raise InputError(
            f"the folder {out} holds what is not part of an export: {listed(foreign)}. Nothing was"
            " written. Name another folder with -o."
        )
