"""The table that the command prints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from result import Result

__all__ = ["Table", "ratio", "rows"]

_COLUMNS = (  # name, width; a negative width is text, to the left
    ("task", -28),
    ("n", 5),
    ("who", -21),
    ("min ms", 10),
    ("median ms", 10),
    ("ratio", 7),
    ("peak MB", 8),
    ("est. abs", 9),
    ("est. rel", 9),
    ("SE abs", 9),
    ("SE rel", 9),
)
_FROM_ATRISK = "R did not run: the differences are from atrisk"


class Table:
    """Writes results as lines, and keeps the notes that go below them."""

    def __init__(self) -> None:
        self._marks: dict[str, int] = {}

    @property
    def head(self) -> str:
        """The names of the columns."""
        return _row([name for name, _ in _COLUMNS])

    def line(self, result: Result) -> str:
        """Write one result."""
        n = rows(result.n)
        if result.skipped is not None:
            return f"{_row([result.title, n, result.who])}  skipped: {result.skipped}"
        differences = (
            result.estimate.absolute,
            result.estimate.relative,
            result.std_error.absolute,
            result.std_error.relative,
        )
        return _row(
            [
                result.title,
                n,
                result.who + self._marked(result),
                _fixed(result.min_seconds, 1e3, 2),
                _fixed(result.median_seconds, 1e3, 2),
                ratio(result.ratio),
                _fixed(result.peak_bytes, 1e-6, 1),
                *map(_power, differences),
            ]
        )

    def notes(self) -> str:
        """Write the notes under their numbers."""
        return "\n".join(f"[{number}] {note}" for note, number in self._marks.items())

    def _marked(self, result: Result) -> str:
        notes = [result.note, _FROM_ATRISK if result.reference == "atrisk" else None]
        numbers = [self._marks.setdefault(x, len(self._marks) + 1) for x in notes if x is not None]
        return f" [{','.join(map(str, numbers))}]" if numbers else ""


def rows(n: int) -> str:
    """Write a number of rows: 228, 1e5."""
    return str(n) if n < 1000 else f"{n:.0e}".replace("e+0", "e").replace("e+", "e")


def ratio(value: float | None) -> str:
    """Write a ratio with two digits or more."""
    return _fixed(value, 1, 2 if value is not None and value < 10 else 1)


def _row(cells: Sequence[str]) -> str:
    padded = (
        cell.ljust(-width) if width < 0 else cell.rjust(width)
        for cell, (_, width) in zip(cells, _COLUMNS, strict=False)
    )
    return "  ".join(padded).rstrip()


def _fixed(value: float | None, scale: float, digits: int) -> str:
    return "-" if value is None else f"{value * scale:.{digits}f}"


def _power(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1e}"
