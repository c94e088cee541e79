"""``atrisk demo``: the report of the study that comes with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from atrisk.cli.report import DryRun, report
from atrisk.errors import InputError, nearest

__all__ = ["EXAMPLES", "demo", "example_folder"]


#: The examples that come with the package.
EXAMPLES = ("bmt", "heart", "ino-hct")


def demo(
    example: Annotated[
        str,
        typer.Argument(
            help="bmt: allogeneic transplants for acute leukaemia; heart: heart transplants, a"
            " treatment that starts after time zero; ino-hct: case report forms of eleven centres"
            " (synthetic)."
        ),
    ] = "bmt",
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            show_default="atrisk-demo, or atrisk-demo-EXAMPLE",
            help="The folder to write; an earlier report in it is replaced.",
        ),
    ] = None,
    dry_run: DryRun = False,  # noqa: FBT002 - how typer takes a flag
) -> None:
    """Write the report of a study that comes with the package (real data, but for ino-hct)."""
    report(example_folder(example), _folder(example) if out is None else out, dry_run)


def _folder(example: str) -> Path:
    """Name a folder of its own for each example; the first has the short name."""
    return Path("atrisk-demo" if example == EXAMPLES[0] else f"atrisk-demo-{example}")


def example_folder(name: str) -> Path:
    """Find an example: beside the installed package, or in the repository it runs from.

    Raises
    ------
    InputError
        there is no such example, or it came with neither.
    """
    if name not in EXAMPLES:
        raise InputError(
            f"there is no example {name!r}. Examples are: {', '.join(EXAMPLES)}."
            f"{nearest(name, EXAMPLES)}"
        )
    package = Path(str(files("atrisk")))
    for folder in (package / "examples" / name, package.parent.parent / "examples" / name):
        if (folder / "study.toml").is_file():
            return folder
    raise InputError(
        f"the example {name!r} is not installed with atrisk in {package}."
        " Install the package again, from its wheel or its repository."
    )
