"""Tables of the record as plain text for a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.report.values import Node

__all__ = ["study_text", "table_csv", "table_text"]

_GAP = 2
_LEAST = 6


def table_text(table: Node, width: int = 120) -> str:
    """Set a table document as text, its cells broken so that no line is wider than ``width``."""
    rows = [table["columns"], *table["rows"]]
    wide = _widths(rows, width)
    lines = [table["title"], ""]
    for at, row in enumerate(rows):
        lines += _row(row, wide)
        if at == 0:
            lines.append("-" * (sum(wide) + _GAP * (len(wide) - 1)))
    if table["notes"]:
        lines.append("")
    for note in table["notes"]:
        lines += textwrap.wrap(note, width, subsequent_indent="  ")
    return "\n".join(line.rstrip() for line in lines)


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Share the width: no column wider than it needs, the widest cut first."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = width - _GAP * (len(wide) - 1)
    while sum(wide) > room and max(wide) > _LEAST:
        wide[max(range(len(wide)), key=lambda at: wide[at])] -= 1
    return wide


def _row(row: Sequence[str], wide: Sequence[int]) -> list[str]:
    cells = [textwrap.wrap(cell, w) or [""] for cell, w in zip(row, wide, strict=True)]
    deep = max(map(len, cells))
    filled = [[*cell, *[""] * (deep - len(cell))] for cell in cells]
    gap = " " * _GAP
    return [
        gap.join(part.ljust(w) for part, w in zip(line, wide, strict=True))
        for line in zip(*filled, strict=True)
    ]


def table_csv(table: Node) -> str:
    """Write the columns and rows of a table document as CSV, with a byte order mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table["columns"])
    writer.writerows(table["rows"])
    return "\ufeff" + buffer.getvalue()


def study_text(study: Node, width: int = 120) -> str:
    """Set a study of the document as text: facts, publications, overlaps, numbers."""
    lines = [f"{study['label']}  [{study['id']}]", *textwrap.wrap(study["title"], width), ""]
    widest = max(map(len, study["facts"]))
    for name, fact in study["facts"].items():
        lines += textwrap.wrap(
            f"{name.ljust(widest)}  {fact}", width, subsequent_indent=" " * (widest + 2)
        )
    for item in study["references"]:
        places = f" [{'; '.join(item['numbers'])}]" if item["numbers"] else ""
        lines += ["", *textwrap.wrap(item["citation"] + places, width)]
    if study["overlaps"]:
        lines.append("")
    for item in study["overlaps"]:
        said = f"Beside {item['study']} it {item['words']}: {item['reason']}"
        lines += textwrap.wrap(said, width, subsequent_indent="  ")
    numbers = study["numbers"]
    shown = table_text(numbers, width) if numbers["rows"] else "No numbers are printed."
    return "\n".join([*lines, "", shown, *_findings(study, width)])


def _findings(study: Node, width: int) -> list[str]:
    """Write what an audit of papers says of the study, if one was made."""
    if "findings" not in study:
        return []
    if not study["findings"]:
        return ["", "The audit finds nothing of this study."]
    lines = ["", "What the audit of the papers finds"]
    for found in study["findings"]:
        head = f"{found['paper']} ({'; '.join(found['places'])}), {found['verdict']}"
        said = f"{head}: {found['says']}"
        lines += textwrap.wrap(said, width, subsequent_indent="  ")
    return lines
