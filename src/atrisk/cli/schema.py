"""``atrisk schema``: the JSON Schema of the study file, or of the results."""

from __future__ import annotations

import json
from typing import Annotated

import typer

__all__ = ["schema"]


def schema(
    results: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool, typer.Option("--results", metavar="", help="That of results.json instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of study.toml, for editors that complete it, or of results.json."""
    from atrisk.study import json_schema, results_schema

    made = results_schema() if results else json_schema()
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))
