"""The numbers that tables and figures are called by."""

from __future__ import annotations

from typing import Literal

from atrisk.report.language import word

__all__ = ["FIGURE", "TABLE", "Kind", "numbered"]

Kind = Literal["table", "figure"]
TABLE: Kind = "table"
FIGURE: Kind = "figure"


def numbered(kind: Kind, number: str) -> str:
    """Write the name of a table or figure.

    Examples
    --------
    >>> numbered("figure", "2")
    'Figure 2'
    >>> numbered("table", "S1")
    'Table S1'
    """
    if kind == TABLE:
        return word("Table {number}", number=number)
    return word("Figure {number}", number=number)
