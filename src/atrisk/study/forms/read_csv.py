"""Reading a text file with separators: encodings, lines within quotes, rows of another length."""

from __future__ import annotations

import codecs
import csv
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.errors import InputError
from atrisk.study.forms.intake_sheet import (
    Coder,
    FileFault,
    Ragged,
    Sheet,
    file_sha256,
    sheet_of,
)
from atrisk.study.forms.tables import KEEPER

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from numpy.typing import NDArray

    from atrisk.study.forms.tables import Written

__all__ = ["read_csv"]

#: Few enough to stay in the cache, and too few to start a garbage collection.
_BLOCK: Final = 500
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TEXT_FORM: Final = "save it as CSV UTF-8"
#: How files begin that are no text with separators, and what to do with them.
_OTHERS: Final = (
    (
        b"PK\x03\x04",
        f"an Excel workbook, not text; {_TEXT_FORM}.{KEEPER}declare the layout workbook",
    ),
    (b"\xd0\xcf\x11\xe0", f"an old or a locked Office file, not text; {_TEXT_FORM}"),
    (b"\x1f\x8b", "a compressed file (gzip); unpack it"),
    (b"PAR1", "a Parquet file, not text; give it the ending .parquet"),
    (
        b"<",
        f"a web page or XML, not text with separators; open it in a spreadsheet and {_TEXT_FORM}",
    ),
)
#: The mark that old programs put at the end of a file.
_END: Final = "\x1a"
#: What a row without any entry has in its fields.
_NO_ENTRY: Final = f" \t\r\n\ufeff{_END}"
#: A file is refused as a whole where one in so many rows, or more, is ragged.
_TENTH: Final = 10
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
        it is no text in this encoding, has no header, a quotation mark is not closed, or a tenth
        of its rows and more have another length than the header.
    InputError
        ``header_row`` names a row that the file has not.
    """
    try:
        named = _encoding(path, encoding)
        try:
            with path.open("r", encoding=named, newline="") as file:
                sheet = _read(file, path, name, separator, header_row)
            _check_encoding(path, named, sheet.rows_in)
        except UnicodeDecodeError as error:
            raise _no_text(path, error, encoding) from None
    except OSError as error:
        raise FileFault(f"the file cannot be read: {error.strerror}", countable=False) from None
    except FileFault as fault:
        if fault.rows is None and fault.countable:
            fault.rows = _count(path, named, separator, header_row)
        raise
    return sheet


def _count(path: Path, encoding: str, separator: str, header_row: int | None) -> int | None:
    """Count the rows below the header; None where that cannot be told."""
    try:
        with path.open("r", encoding=encoding, newline="") as file:
            reader, before = _reader(file, separator)
            _header(reader, before, header_row)
            return sum(any(field.strip(_NO_ENTRY) for field in row) for row in reader)
    except UnicodeDecodeError:
        bytewise = codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
        return _count(path, "latin-1", separator, header_row) if bytewise else None
    except (FileFault, InputError, csv.Error):
        return None


def _encoding(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    for mark, what in _OTHERS:
        if start.lstrip(codecs.BOM_UTF8).startswith(mark):
            raise FileFault(what, countable=False)
    if start.startswith(_WIDE):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.count(0) * 3 > len(start) and codecs.lookup(encoding).name.startswith("utf-8"):
        raise FileFault(
            f"the file has bytes 0, as UTF-16 has; save it as CSV UTF-8.{KEEPER}set encoding ="
            ' "utf-16-le"',
            countable=False,
        )
    return encoding


def _check_encoding(path: Path, encoding: str, rows: int) -> None:
    """Refuse UTF-8 that is read as something else: every accent would be two characters."""
    if codecs.lookup(encoding).name.startswith("utf"):
        return
    content = path.read_bytes()
    if content.isascii():
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise FileFault(f'the file is UTF-8, not {encoding}.{KEEPER}set encoding = "utf-8"', rows=rows)


def _no_text(path: Path, error: UnicodeDecodeError, encoding: str) -> FileFault:
    """Say on which line the first byte stands that is no character."""
    content = path.read_bytes()
    start = error.start
    try:
        content.decode(encoding)
    except UnicodeDecodeError as whole:
        start = whole.start
    return FileFault(
        f"byte {content[start]:#04x} is not {encoding}; save the file as CSV UTF-8.{KEEPER}name"
        ' its encoding, such as encoding = "cp1252" for a file from Excel on Windows',
        line=content.count(b"\n", 0, start) + 1,
    )


def _read(file: TextIO, path: Path, name: str, separator: str, header_row: int | None) -> Sheet:
    reader, before = _reader(file, separator)
    separator = reader.dialect.delimiter
    header, header_line = _header(reader, before, header_row, name)
    _check_separator(header, separator, header_line)
    coders = [Coder() for _ in header]
    lines = [np.empty(0, dtype=np.int32)]
    ragged: list[Ragged] = []
    for block, places in _blocks(reader, before):
        even = set(map(len, block)) == {len(header)}
        rows, numbers = (
            (block, places) if even else _level(block, places, header, separator, ragged)
        )
        if rows:
            for coder, values in zip(coders, zip(*rows, strict=True), strict=True):
                coder.add(values)
            lines.append(numbers)
    columns = [coder.written() for coder in coders]
    numbers = np.concatenate(lines)
    _check_ragged(ragged, numbers.size)
    _check_characters(columns, numbers)
    return sheet_of(
        header,
        columns,
        numbers,
        name=name,
        place="line",
        sha256=file_sha256(path),
        header_line=header_line,
        ragged=ragged,
    )


def _reader(file: TextIO, separator: str) -> tuple[Reader, int]:
    """Begin to read a file; give the number of lines before its first row as well."""
    first = file.readline()
    said = re.fullmatch(r"sep=(.)\s*", first)
    if not said:
        file.seek(0)
    csv.field_size_limit(_LONGEST)
    return csv.reader(file, delimiter=said[1] if said else separator, strict=True), bool(said)


def _check_ragged(ragged: list[Ragged], others: int) -> None:
    """Refuse a file of which a tenth of the rows and more have another length."""
    if _TENTH * len(ragged) >= others + len(ragged) > 0:
        first = ragged[0]
        raise FileFault(first.reason, line=first.line, value=first.value, rows=others + len(ragged))


def _check_characters(columns: list[Written], lines: NDArray[np.int32]) -> None:
    """Refuse a file with NUL in it: a part of it was lost on the way."""
    for column in columns:
        for place, text in enumerate(column.texts):
            if "\0" in text:
                raise FileFault(
                    "the entry has a character NUL (byte 0): the file is damaged; export it again",
                    line=int(lines[np.argmax(column.codes == place)]),
                    value=text.replace("\0", "\N{SYMBOL FOR NULL}")[:80],
                )


def _header(
    reader: Reader, before: int, header_row: int | None, name: str = "the file"
) -> tuple[list[str], int]:
    """Read up to the header, and give it with its line."""
    line = before + 1
    seen = False
    try:
        for fields in reader:
            wanted = (
                any(field.strip() for field in fields)
                if header_row is None
                else (line >= header_row)
            )
            if wanted:
                if not any(field.strip() for field in fields):
                    raise _no_header_row(header_row, f"and that row of {name} is blank")
                return fields, line
            seen = seen or any(field.strip() for field in fields)
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise _broken(error, line) from None
    if seen:
        raise _no_header_row(header_row, f"and {name} has {line - 1} lines")
    raise FileFault("the file has no header: its first row names the columns")


def _no_header_row(header_row: int | None, problem: str) -> InputError:
    return InputError(
        f"the mapping says header_row = {header_row}, {problem}. Name the row that holds the names"
        " of the columns."
    )


def _broken(error: csv.Error, line: int) -> FileFault:
    return FileFault(
        f"the row cannot be read ({error}); look for a quotation mark that is not closed, here or"
        " before",
        line=line,
        countable=False,
    )


def _check_separator(header: list[str], separator: str, line: int) -> None:
    whole = separator.join(header)
    for mark in ";\t,|":
        if mark != separator and whole.count(mark) >= len(header):
            columns = "is one column" if len(header) == 1 else f"are {len(header)} columns"
            raise FileFault(
                f"there {columns}; fields seem to be separated by {mark!r}, not {separator!r}."
                f"{KEEPER}set separator = {mark!r}",
                line=line,
                value=whole[:80],
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
    rows: list[list[str]],
    lines: NDArray[np.int32],
    header: list[str],
    separator: str,
    ragged: list[Ragged],
) -> tuple[list[list[str]], NDArray[np.int32]]:
    """Give rows the length of the header where only blank fields differ; the others are ragged.

    Raises
    ------
    FileFault
        a ragged row runs over several lines: a quotation mark in it is not closed.
    """
    width = len(header)
    named = max(place for place, name in enumerate(header, start=1) if name.strip())
    keep = []
    for place, row in enumerate(rows):
        if len(row) > width and not any(field.strip() for field in row[width:]):
            del row[width:]
        elif named <= len(row) < width or not any(field.strip(f" {_END}") for field in row):
            row[:] = [field.strip(_END) for field in [*row, *[""] * width][:width]]
        elif len(row) != width:
            title = named == 1 and width == 1
            ragged.append(_ragged(row, int(lines[place]), width, separator, title=title))
            continue
        keep.append(place)
    return [rows[place] for place in keep], lines[keep]


def _ragged(row: list[str], line: int, width: int, separator: str, *, title: bool) -> Ragged:
    if any(_LINE_END.search(field) for field in row):
        raise FileFault(
            f"the row has {len(row)} fields, the header {width}, and runs over several lines; look"
            " for a quotation mark that is not closed",
            line=line,
            countable=False,
        )
    below = f"{KEEPER}if this row is the header, set header_row = {line}" if title else ""
    reason = (
        f"the row has {len(row)} fields, the header {width}; put a field that holds {separator!r}"
        " (a decimal comma, a comma in a text) in quotation marks, and keep empty fields at the"
        f" end{'.' if below else ''}{below}"
    )
    return Ragged(line, reason, row[-1], row[0].strip())
