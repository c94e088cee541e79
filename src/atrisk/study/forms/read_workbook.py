"""Reading an Excel workbook: a sheet per form, typed cells, and formulas that failed."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import numpy as np

from atrisk.errors import InputError
from atrisk.study.forms.intake_sheet import FileFault, coded_rows, file_sha256, sheet_of
from atrisk.study.forms.workbook_cells import inside, not_a_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.workbook_cells import Inside

__all__ = ["WORKBOOKS", "read_workbook"]

#: Endings of files that are read as workbooks.
WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})


def read_workbook(
    path: Path, *, name: str, decimal: str, header_row: Callable[[str], int | None]
) -> Iterator[tuple[str, Sheet | FileFault]]:
    """Read the sheets of a workbook that have a cell.

    Parameters
    ----------
    path
        the file.
    name
        how messages call it.
    decimal
        the mark with which numbers are spelled, that of the centre's texts.
    header_row
        gives the row of the header of a sheet, or None for the first with a cell.

    Yields
    ------
    sheet : str
        its name.
    content : Sheet or FileFault
        what it holds, or why it cannot be taken.

    Raises
    ------
    FileFault
        the file is no workbook.
    InputError
        ``header_row`` names a row that a sheet has not.
    """
    import python_calamine as calamine

    try:
        if what := not_a_workbook(path):
            raise FileFault(what)
        book = calamine.load_workbook(str(path))
        cells = inside(path)
        kind = calamine.SheetTypeEnum.WorkSheet  # a chart is no table
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == kind]
    except (
        calamine.CalamineError,
        OSError,
        zipfile.BadZipFile,
        ET.ParseError,
        KeyError,
        struct.error,
    ) as error:
        raise FileFault(f"the workbook cannot be read: {error}") from None
    digest = file_sha256(path)
    for title in names:
        try:
            rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
        except calamine.CalamineError as error:
            yield title, FileFault(f"the sheet cannot be read: {error}")
            continue
        if fault := _fault(cells, title):
            fault.rows = _count(rows, header_row(title))
            yield title, fault
            continue
        for (row, column), text in cells.errors.get(title, {}).items():
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = text
        if any(cell != "" for row in rows for cell in row):
            yield (
                title,
                _sheet(
                    rows,
                    f"{name} [{title}]",
                    digest,
                    decimal,
                    header_row(title),
                    cells.system,
                ),
            )


def _fault(cells: Inside, title: str) -> FileFault | None:
    """Refuse a sheet whose formulas would be read as blanks."""
    if title in cells.uncounted:
        (row, column), formula = cells.uncounted[title]
        return FileFault(
            f"the formula in column {column + 1} has no result in the file, so that its cell would"
            " be blank; open the workbook in a spreadsheet program, save it, and send it again",
            line=row + 1,
            value=formula[:80],
        )
    if title in cells.failed:
        return FileFault(
            f"a formula of the sheet failed ({cells.failed[title]}), and its cell cannot be told"
            " from a blank one; correct it, or save the workbook as .xlsx"
        )
    return None


def _count(rows: list[list[Any]], header_row: int | None) -> int:
    """Count the rows with an entry below the header."""
    filled = [any(cell != "" for cell in row) for row in rows]
    return sum(filled) - 1 if header_row is None else sum(filled[header_row:])


def _sheet(
    rows: list[list[Any]],
    name: str,
    sha256: str,
    decimal: str,
    header_row: int | None,
    system: int,
) -> Sheet | FileFault:
    header = (
        next(place for place, row in enumerate(rows) if any(cell != "" for cell in row))
        if header_row is None
        else header_row - 1
    )
    if header >= len(rows):
        raise InputError(
            f"the mapping says header_row = {header + 1}, and {name} has {len(rows)} rows. Name the"
            " row that holds the names of the columns."
        )
    width = len(rows[header])
    body = rows[header + 1 :]
    try:
        return sheet_of(
            [cell if isinstance(cell, str) else str(cell) for cell in rows[header]],
            coded_rows([body], width, decimal),
            np.arange(header + 2, header + 2 + len(body), dtype=np.int32),
            name=name,
            place="row",
            sha256=sha256,
            header_line=header + 1,
            typed=True,
            serial=system,
        )
    except FileFault as fault:
        return fault
