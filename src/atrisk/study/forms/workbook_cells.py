"""What the reader of cells does not tell of a workbook: formulas that failed or have no result."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from atrisk.study.forms.workbook_xls import xls_errors

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Inside", "inside", "not_a_workbook"]

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OFFICE: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Inside:
    """What cells hold besides their values.

    Attributes
    ----------
    system
        1900 or 1904: from when days are counted.
    errors
        sheet -> (row, column) -> the error of a formula.
    uncounted
        sheet -> (row, column) of the first formula without a result, and the formula.
    failed
        sheet -> the error of a formula, where its cell is not known.
    """

    system: int = 1900
    errors: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    uncounted: dict[str, tuple[tuple[int, int], str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def not_a_workbook(path: Path) -> str:
    """Say what a file is that has the ending of a workbook and is none; "" if it may be one."""
    if path.suffix.lower() == ".xlsb":  # a failed formula in it would be a blank
        return "a binary workbook; save it as .xlsx"
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        return "the file is empty"
    if path.suffix.lower() != ".xls" and start.startswith(_OLE):
        return "the workbook is locked with a password, or an old .xls; save it as .xlsx without"
    if start.startswith((_ZIP, _OLE)) or b"\0" in start:
        return ""
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return "a web page or XML with the ending of a workbook; open it and save it as .xlsx"
    return "a text with the ending of a workbook; give it the ending .csv"


def inside(path: Path) -> Inside:
    """Look for the date system and for formulas that failed or have no result."""
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        with zipfile.ZipFile(path) as archive:
            return _of_xlsx(archive)
    if suffix == ".ods":
        with zipfile.ZipFile(path) as archive:
            return Inside(failed=_of_ods(archive.read("content.xml")))
    if suffix == ".xls" and path.read_bytes()[:4] == _OLE:
        return Inside(errors=xls_errors(path))
    return Inside()


def _of_xlsx(archive: zipfile.ZipFile) -> Inside:
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - a local file of a centre
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    files = {link.get("Id"): link.get("Target", "") for link in links}
    properties = book.find(f"{_MAIN}workbookPr")
    flag = "" if properties is None else properties.get("date1904", "")
    found = Inside(1904 if flag in {"1", "true"} else 1900)
    names = frozenset(archive.namelist())
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = files.get(sheet.get(f"{_OFFICE}id"), "")
        inner = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if inner not in names:
            continue
        content, title = archive.read(inner), sheet.get("name", "")
        if errors := _failed(content):
            found.errors[title] = errors
        if first := _uncounted(content):
            found.uncounted[title] = first
    return found


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
        found[_place(letters, digits)] = text.decode("utf-8", "replace")
    return found


#: A cell with a formula and no result; of a formula that gives a text, "" is one.
_NO_RESULT: Final = re.compile(
    rb'<c (?![^>]*\bt="str")[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*'
    rb"<f(?:\s[^>]*)?(?:/>|>([^<]*)</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)


def _uncounted(content: bytes) -> tuple[tuple[int, int], str] | None:
    """Find the first formula that no spreadsheet program has worked out."""
    match = _NO_RESULT.search(content) if b"<f" in content else None
    if match is None:
        return None
    return _place(match[1], match[2]), f"={(match[3] or b'').decode('utf-8', 'replace')}"


def _place(letters: bytes, digits: bytes) -> tuple[int, int]:
    column = 0
    for letter in letters.decode():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(digits) - 1, column - 1


_ODS_ERROR: Final = re.compile(
    rb"<text:p>(#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:\d+)</text:p>"
)
_ODS_SHEET: Final = re.compile(rb'<table:table [^>]*?table:name="([^"]*)"')


def _of_ods(content: bytes) -> dict[str, str]:
    """Find the sheets with a formula that failed: the reader gives its cell as blank."""
    found = {}
    starts = [*_ODS_SHEET.finditer(content)]
    for match, end in zip(starts, [*(m.start() for m in starts[1:]), len(content)], strict=True):
        if error := _ODS_ERROR.search(content, match.end(), end):
            found[match[1].decode("utf-8", "replace")] = error[1].decode()
    return found
