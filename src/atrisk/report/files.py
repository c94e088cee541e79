"""The files of tables and of the data of figures, beside the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.synthetic import marked_table
from atrisk.report.tables_csv import write_data, write_printed, write_values
from atrisk.report.tables_latex import write_latex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from atrisk.report.description import Figure, NumberedTable, Report
    from atrisk.report.values import Values

__all__ = ["write_figure_data", "write_tables"]


def write_tables(report: Report, values: Values, folder: Path) -> Iterator[Path]:
    """Write every table as printed, as LaTeX, and its numbers in full precision."""
    for shown in report.tables():
        yield from _write(shown, values, folder, synthetic=report.synthetic)


def _write(
    shown: NumberedTable, values: Values, folder: Path, *, synthetic: bool
) -> Iterator[Path]:
    whole = shown.whole or shown.table
    if shown.values_file:
        path = folder / f"{whole.id}.csv"
        yield write_values(whole, values, path, synthetic=synthetic)
    yield write_printed(whole, folder / f"{whole.id}_printed.csv", synthetic=synthetic)
    latex = marked_table(shown.table) if synthetic else shown.table
    yield write_latex(latex, folder / f"{whole.id}.tex")


def write_figure_data(figure: Figure, folder: Path, *, synthetic: bool) -> Path:
    """Write the numbers that a figure shows."""
    drawing = figure.drawing
    return write_data(drawing.data, folder / f"{drawing.data_name}.csv", synthetic=synthetic)
