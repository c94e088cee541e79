"""A result's columns as text and as HTML: the first rows, for reading on the screen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["html_table", "plain_table"]

_ROWS = 20
_DIGITS = 4
_MISSING = "-"


def plain_table(caption: str, columns: Mapping[str, Any]) -> str:
    """Lay columns out below a caption, numbers to the right and labels to the left.

    Parameters
    ----------
    caption
        the first line.
    columns
        name -> values, all of one length; the first 20 are shown.

    Examples
    --------
    >>> print(plain_table("Test", {"term": ["age", "sex"], "p_value": [0.0123456, 0.5]}))
    Test
    term  p_value
    age   0.01235
    sex       0.5
    """
    laid = []
    for name, values in columns.items():
        cells = _cells(values)
        width = max(len(str(name)), *(len(cell) for cell in cells), 0)
        side = ">" if _is_numeric(values) else "<"
        laid.append([f"{cell:{side}{width}}" for cell in (str(name), *cells)])
    lines = ["  ".join(parts).rstrip() for parts in zip(*laid, strict=True)]
    return "\n".join([caption, *lines, *_rest(columns)])


def html_table(caption: str, columns: Mapping[str, Any]) -> str:
    """Write the same as an HTML table, for a notebook."""
    sides = [
        ' style="text-align: right"' if _is_numeric(values) else ' style="text-align: left"'
        for values in columns.values()
    ]
    head = "".join(
        f"<th{side}>{escape(str(name))}</th>" for name, side in zip(columns, sides, strict=True)
    )
    rows = zip(*(_cells(values) for values in columns.values()), strict=True)
    body = "".join(
        "<tr>"
        + "".join(f"<td{side}>{escape(c)}</td>" for c, side in zip(row, sides, strict=True))
        + "</tr>"
        for row in rows
    )
    rest = "".join(f"<p>{escape(line)}</p>" for line in _rest(columns))
    return (
        f'<table><caption style="text-align: left">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
    )


def _rest(columns: Mapping[str, Any]) -> list[str]:
    left = max((len(values) for values in columns.values()), default=0) - _ROWS
    return [f"... and {left} more: to_frame() has all rows"] if left > 0 else []


def _is_numeric(values: Any) -> bool:  # noqa: ANN401 - an array or a list
    return np.asarray(values).dtype.kind in "iuf"


def _cells(values: Any) -> list[str]:  # noqa: ANN401 - as above
    return [_spelled(value) for value in np.asarray(values)[:_ROWS].tolist()]


def _spelled(value: object) -> str:
    """Spell a number to four significant digits, none of them cut before the decimal point."""
    if not isinstance(value, float):
        return _MISSING if value is None else str(value)
    if np.isnan(value):
        return _MISSING
    large = 10 ** (_DIGITS - 1) <= abs(value) < 10**15
    return f"{value:.0f}" if large else f"{value:.{_DIGITS}g}"
