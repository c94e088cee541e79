"""``tables/provenance.csv``: which entries gave the start and the end of each patient's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.tables_csv import write_data

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.report.values import Node

__all__ = ["write_provenance"]


def write_provenance(document: Node, folder: Path) -> tuple[Node, list[Path]]:
    """Write the rows of provenance, and give the document without them.

    They are as many as patients times endpoints: ``results.json`` does not hold them.
    """
    rows = (document.get("data") or {}).get("provenance")
    if rows is None:
        return document, []
    kept = {key: part for key, part in document["data"].items() if key != "provenance"}
    written = [tuple(rows), *zip(*rows.values(), strict=True)]
    path = folder / "provenance.csv"
    write_data(written, path, synthetic=bool(document["study"].get("synthetic")))
    return {**document, "data": kept}, [path]
