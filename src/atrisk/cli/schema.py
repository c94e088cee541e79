"""``atrisk schema``: the JSON Schema of the study file."""

from __future__ import annotations

import json

import typer

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema of study.toml, for editors that complete it."""
    from atrisk.study.request import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
