"""``atrisk dictionary``: the packaged data dictionary, for REDCap to take in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atrisk.errors import InputError

__all__ = ["dictionary"]


def dictionary(
    name: Annotated[
        str, typer.Argument(help="The dictionary: ino-hct.", show_default=False)
    ] = "ino-hct",
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            show_default="the name of the dictionary with .csv",
            help="The file to write; it must not exist.",
        ),
    ] = None,
) -> None:
    """Write a packaged data dictionary as the CSV that REDCap uploads unchanged."""
    from atrisk.study.forms.dictionary import write_dictionary
    from atrisk.study.forms.packaged import packaged_dictionary

    found = packaged_dictionary(name)
    file = Path(f"{name}.csv") if out is None else out
    try:
        with file.open("xb") as target:
            target.write(write_dictionary(found))
    except FileExistsError:
        raise InputError(f"{file} exists already. Name another file with -o.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None
    typer.echo(f"Dictionary: {file}, {len(found.forms)} forms, {len(found.fields)} fields")
    typer.echo(f"Set these forms to repeat in REDCap: {', '.join(sorted(found.repeating))}")
