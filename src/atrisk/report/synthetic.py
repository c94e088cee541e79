"""Saying on everything that is written of a synthetic study that its data are synthetic."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import matplotlib as mpl

from atrisk.report import theme
from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.figure import Figure

    from atrisk.report.tables import Table

__all__ = ["COLUMN_HEAD", "WORD", "WORDS", "mark_figure", "marked_table", "with_column"]

#: What figures say.
WORDS = "Synthetic data"
#: The last column of every CSV file, and what it says in each row.
COLUMN_HEAD, WORD = "data", "synthetic"
_POINTS = 7.0
_STRIP = 0.18
_EDGE = 0.06


def mark_figure(figure: Figure) -> Figure:
    """Add a strip over a figure that says so; what stands below keeps its size.

    Parameters
    ----------
    figure
        drawn on a sheet: axes in parts of the figure, all else in inches from its lower left.

    Returns
    -------
    Figure
        the same, 5 mm higher.
    """
    width, height = figure.get_size_inches()
    share = height / (height + _STRIP)
    for axes in figure.axes:
        box = axes.get_position()
        axes.set_position((box.x0, box.y0 * share, box.width, box.height * share))
    figure.set_size_inches(width, height + _STRIP)
    with mpl.rc_context(theme.RC):
        figure.text(
            width - _EDGE,
            height + _STRIP - _EDGE,
            word(WORDS),
            size=_POINTS,
            color=theme.WARNING,
            horizontalalignment="right",
            verticalalignment="top",
            transform=figure.dpi_scale_trans,
        )
    return figure


def marked_table(table: Table) -> Table:
    """Say it in the title of a table that leaves the report."""
    return replace(table, title=f"{word(WORDS)}: {table.title}")


def with_column(rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    """Add a last column that says so to the rows of a CSV file, the first of them its head.

    Examples
    --------
    >>> list(with_column([("time", "estimate"), (0, 1.0)]))
    [('time', 'estimate', 'data'), (0, 1.0, 'synthetic')]
    """
    for place, row in enumerate(rows):
        yield (*row, WORD if place else COLUMN_HEAD)
