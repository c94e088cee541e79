"""``atrisk reconstruct``: published curves turned back into patients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from atrisk.evidence.curves.document import Reconstructed

__all__ = ["reconstruct"]


def reconstruct(
    file: Annotated[
        Path, typer.Argument(help="A TOML file that names the curves and what is printed beside.")
    ],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="The folder to write; an earlier one in it is replaced."),
    ] = Path("atrisk-reconstruction"),
) -> None:
    """Turn published curves back into patients; write them, every residual and a page."""
    from atrisk.cli.folder import FolderKind, check_kind, write_folder
    from atrisk.evidence.curves.document import reconstruct_file
    from atrisk.evidence.curves.spoken import spoken

    kind = FolderKind(
        "reconstruction",
        "reconstruction.json",
        "atrisk-reconstruction/",
        frozenset({"reconstruction.html", "reconstruction.json", "patients.csv", "residuals.csv"}),
        {},
    )
    check_kind(out, kind)
    made = reconstruct_file(file)
    write_folder(out, kind, lambda folder: _write(made, folder))
    for line in spoken(made.document):
        typer.echo(line)
    typer.echo(f"Reconstruction: {out / 'reconstruction.html'}")


def _write(made: Reconstructed, folder: Path) -> None:
    from atrisk.evidence.curves.document import patient_frame, residual_frame
    from atrisk.report.reconstruct import reconstruction_html

    text = json.dumps(made.document, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "reconstruction.json").write_text(text + "\n", encoding="utf-8")
    patient_frame(made).write_csv(folder / "patients.csv")
    residual_frame(made.document).write_csv(folder / "residuals.csv")
    page = reconstruction_html(made.document)
    (folder / "reconstruction.html").write_text(page, encoding="utf-8", newline="\n")
