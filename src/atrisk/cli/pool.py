"""``atrisk pool``: published studies pooled, and a cohort of one's own laid beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pool"]


def pool(
    file: Annotated[
        Path | None,
        typer.Argument(help="A TOML file that names the studies and the method."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="The folder to write; an earlier pool is replaced."),
    ] = Path("atrisk-pool"),
    dry_run: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool,
        typer.Option("--dry-run", metavar="", help="Print what would be pooled, and end."),
    ] = False,
    schema: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool,
        typer.Option("--schema", metavar="", help="Print the JSON Schema of a pool file and end."),
    ] = False,
) -> None:
    """Pool published studies; write a page, figures, tables and the same as JSON."""
    from atrisk.cli.folder import FolderKind, check_kind, write_folder
    from atrisk.errors import InputError
    from atrisk.evidence.pool import json_schema, pool_file, pool_plan

    if schema:
        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        return
    if file is None:
        raise InputError("name a pool file; 'atrisk pool --schema' prints what can stand in it.")
    if dry_run:
        typer.echo("\n".join(pool_plan(file)))
        return
    kind = FolderKind(
        "pool",
        "pool.json",
        "atrisk-pool/",
        frozenset({"pool.html", "pool.json"}),
        {"figures": frozenset({".svg", ".pdf", ".png"}), "tables": frozenset({".csv"})},
    )
    check_kind(out, kind)
    document = pool_file(file)
    from atrisk.report.pool import write_pool

    write_folder(out, kind, lambda folder: write_pool(document, folder))
    for line in _summary(document):
        typer.echo(line)
    typer.echo(f"Pool: {out / 'pool.html'}")


def _summary(document: dict[str, Any]) -> Iterator[str]:
    from atrisk.report.pool_text import pooled_sentences

    yield from pooled_sentences(document)
