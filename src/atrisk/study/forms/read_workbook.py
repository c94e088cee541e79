"""Reading an Excel workbook: a sheet per form, typed cells, and formulas that failed."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import numpy as np

from atrisk.study.forms.intake_sheet import FileFault, coded_rows, file_sha256, sheet_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from atrisk.study.forms.intake_sheet import Sheet

__all__ = ["WORKBOOKS", "read_workbook"]

#: Endings of files that are read as workbooks.
WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OFFICE: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


@dataclass(frozen=True, slots=True)
class _Inside:
    """What the reader of cells does not tell of an .xlsx file.

    Attributes
    ----------
    system
        1900 or 1904: from when days are counted.
    errors
        sheet -> (row, column) -> the error of a formula.
    """

    system: int
    errors: dict[str, dict[tuple[int, int], str]]


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
    """
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(str(path))
        inside = _inside(path)
        kind = calamine.SheetTypeEnum.WorkSheet  # a chart is no table
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == kind]
    except (calamine.CalamineError, OSError, zipfile.BadZipFile, ET.ParseError, KeyError) as error:
        raise FileFault(f"the workbook cannot be read: {error}") from None
    digest = file_sha256(path)
    for title in names:
        try:
            rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
        except calamine.CalamineError as error:
            yield title, FileFault(f"the sheet cannot be read: {error}")
            continue
        for (row, column), text in inside.errors.get(title, {}).items():
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
                    inside.system,
                ),
            )


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
        return FileFault(f"header_row = {header + 1}, and the sheet has {len(rows)} rows")
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


def _inside(path: Path) -> _Inside:
    """Read the date system and failed formulas of an .xlsx file; others have neither here."""
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return _Inside(1900, {})
    with zipfile.ZipFile(path) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - a local file of a centre
        links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
        files = {link.get("Id"): link.get("Target", "") for link in links}
        properties = book.find(f"{_MAIN}workbookPr")
        flag = "" if properties is None else properties.get("date1904", "")
        errors = {}
        for sheet in book.iter(f"{_MAIN}sheet"):
            target = files.get(sheet.get(f"{_OFFICE}id"), "")
            inner = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if inner in archive.namelist():
                found = _failed(archive.read(inner))
                if found:
                    errors[sheet.get("name", "")] = found
    return _Inside(1904 if flag in {"1", "true"} else 1900, errors)


_FAILED: Final = re.compile(
    rb'<c [^>]*?r="([A-Z]+)(\d+)"[^>]*?\bt="e"[^>]*>.*?<v>([^<]*)</v>'
    rb'|<c [^>]*?\bt="e"[^>]*?r="([A-Z]+)(\d+)"[^>]*>.*?<v>([^<]*)</v>',
    re.DOTALL,
)


def _failed(content: bytes) -> dict[tuple[int, int], str]:
    """Find the cells whose formula failed: the reader gives them as blank."""
    found = {}
    for match in _FAILED.finditer(content):
        letters, digits, text = match[1] or match[4], match[2] or match[5], match[3] or match[6]
        column = 0
        for letter in letters.decode():
            column = column * 26 + ord(letter) - ord("A") + 1
        found[int(digits) - 1, column - 1] = text.decode("utf-8", "replace")
    return found
