"""``tables/provenance.csv``: which entries gave the start and the end of each patient's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.tables_csv import write_data

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.report.sections import Output
    from atrisk.report.values import Node

__all__ = ["write_provenance"]


def write_provenance(document: Node, output: Output) -> tuple[Node, list[Path]]:
    """Write the rows of provenance, and give the document without them.

    They are as many as patients times endpoints: ``results.json`` does not hold them.
    """
    rows = (document.get("data") or {}).get("provenance")
    if rows is None:
        return document, []
    kept = {key: part for key, part in document["data"].items() if key != "provenance"}
    written = [tuple(rows), *zip(*rows.values(), strict=True)]
    path = output.tables / "provenance.csv"
    write_data(written, path, synthetic=output.synthetic)
    return {**document, "data": kept}, [path]
