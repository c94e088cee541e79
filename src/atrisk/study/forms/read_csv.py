"""Reading a text file with separators: encodings, lines within quotes, rows of another length."""

from __future__ import annotations

import codecs
import csv
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.forms.intake_sheet import Coder, FileFault, Sheet, file_sha256, sheet_of

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from numpy.typing import NDArray

__all__ = ["read_csv"]

#: Few enough to stay in the cache, and too few to start a garbage collection.
_BLOCK: Final = 500
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONGEST: Final = 16_777_216


def read_csv(
    path: Path, *, name: str, encoding: str, separator: str, header_row: int | None = None
) -> Sheet:
    """Read a text file.

    Parameters
    ----------
    path
        the file.
    name
        how messages call it.
    encoding
        of the file; a byte-order mark at its start decides instead.
    separator
        between fields; Excel's first line ``sep=;`` decides instead.
    header_row
        the line of the header; the first that is not blank if None.

    Raises
    ------
    FileFault
        it is no text in this encoding, has no header, or a row has another length than the header.
    """
    try:
        with path.open("r", encoding=_encoding(path, encoding), newline="") as file:
            return _read(file, path, name, separator, header_row)
    except LookupError:
        raise FileFault(
            f"there is no encoding {encoding!r}; write utf-8, cp1252 or latin-1"
        ) from None
    except UnicodeDecodeError as error:
        raise _no_text(path, error, encoding) from None
    except OSError as error:
        raise FileFault(f"the file cannot be read: {error.strerror}") from None


def _encoding(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"PK\x03\x04"):
        raise FileFault(
            "an Excel workbook, not text; save it as CSV UTF-8, or declare the layout workbook"
        )
    if start.startswith(_WIDE):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return encoding


def _no_text(path: Path, error: UnicodeDecodeError, encoding: str) -> FileFault:
    """Say on which line the first byte stands that is no character."""
    content = path.read_bytes()
    start = error.start
    try:
        content.decode(encoding)
    except UnicodeDecodeError as whole:
        start = whole.start
    return FileFault(
        f"byte {content[start]:#04x} is not {encoding}; save the file as CSV UTF-8, or name its"
        ' encoding, such as encoding = "cp1252" for a file from Excel on Windows',
        line=content.count(b"\n", 0, start) + 1,
    )


def _read(file: TextIO, path: Path, name: str, separator: str, header_row: int | None) -> Sheet:
    before = 0
    first = file.readline()
    said = re.fullmatch(r"sep=(.)\s*", first)
    if said:
        separator, before = said[1], 1
    else:
        file.seek(0)
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(file, delimiter=separator, strict=True)
    header, header_line = _header(reader, before, header_row)
    _check_separator(header, separator, header_line)
    coders = [Coder() for _ in header]
    lines = [np.empty(0, dtype=np.int32)]
    for rows, numbers in _blocks(reader, before):
        if set(map(len, rows)) != {len(header)}:
            _level(rows, numbers, header, separator)
        for coder, values in zip(coders, zip(*rows, strict=True), strict=True):
            coder.add(values)
        lines.append(numbers)
    return sheet_of(
        header,
        [coder.written() for coder in coders],
        np.concatenate(lines),
        name=name,
        place="line",
        sha256=file_sha256(path),
        header_line=header_line,
    )


def _header(reader: Reader, before: int, header_row: int | None) -> tuple[list[str], int]:
    """Read up to the header, and give it with its line."""
    line = before + 1
    try:
        for fields in reader:
            wanted = (
                any(field.strip() for field in fields)
                if header_row is None
                else (line >= header_row)
            )
            if wanted:
                if not any(field.strip() for field in fields):
                    raise FileFault("the row of the header is blank", line=line)
                return fields, line
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise _broken(error, line) from None
    raise FileFault("the file has no header: its first row names the columns")


def _broken(error: csv.Error, line: int) -> FileFault:
    return FileFault(
        f"the row cannot be read ({error}); look for a quotation mark that is not closed, here or"
        " before",
        line=line,
    )


def _check_separator(header: list[str], separator: str, line: int) -> None:
    if len(header) == 1:
        for mark in ";\t,|":
            if mark in header[0]:
                raise FileFault(
                    f"there is one column; if fields are separated by {mark!r}, not {separator!r},"
                    f" set separator = {mark!r}",
                    line=line,
                    value=header[0][:80],
                )


def _blocks(reader: Reader, before: int) -> Iterator[tuple[list[list[str]], NDArray[np.int32]]]:
    """Give blocks of rows that are not empty, with the line on which each begins."""
    while True:
        start = reader.line_num + before + 1
        rows: list[list[str]] = []
        try:
            rows.extend(islice(reader, _BLOCK))
        except csv.Error as error:
            raise _broken(error, reader.line_num + before) from None
        if not rows:
            return
        numbers = np.arange(start, start + len(rows), dtype=np.int32)
        if reader.line_num + before + 1 - start != len(rows):
            more = [sum(len(_LINE_END.findall(field)) for field in row) for row in rows]
            numbers[1:] += np.cumsum(more[:-1], dtype=np.int32)
        if not all(rows):
            kept = [place for place, row in enumerate(rows) if row]
            rows, numbers = [rows[place] for place in kept], numbers[kept]
        if rows:
            yield rows, numbers


def _level(
    rows: list[list[str]], lines: NDArray[np.int32], header: list[str], separator: str
) -> None:
    """Give rows the length of the header where only blank fields differ; all else is a fault."""
    width = len(header)
    named = max(place for place, name in enumerate(header, start=1) if name.strip())
    for place, row in enumerate(rows):
        if len(row) > width and not any(field.strip() for field in row[width:]):
            del row[width:]
        elif named <= len(row) < width or not any(field.strip() for field in row):
            row[:] = [*row, *[""] * width][:width]
        elif len(row) != width:
            title = f"; if this row is the header, set header_row = {lines[place]}"
            raise FileFault(
                f"the row has {len(row)} fields, the header {width}; put a field that holds"
                f" {separator!r} (a decimal comma, a comma in a text) in quotation marks, and keep"
                f" empty fields at the end{title if named == 1 and width == 1 else ''}",
                line=int(lines[place]),
                value=row[-1],
            )
