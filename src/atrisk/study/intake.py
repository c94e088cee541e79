"""Reading the data file: CSV with the line of every row, or Parquet."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.study.columns import codes
from atrisk.study.table import Table
from atrisk.toml.control import control_character

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from atrisk.study.models import Data

__all__ = ["file_digest", "read_names", "read_table"]


def read_names(path: Path, data: Data) -> tuple[str, ...]:
    """Read the names of the columns, and nothing else.

    Raises
    ------
    InputError
        the file cannot be read, is empty, or names a column twice.
    """
    if _is_parquet(path):
        from atrisk.frames import parquet_names

        return parquet_names(_existing(path))
    return _header(path, next(_records(path, data), None))


def read_table(path: Path, data: Data, columns: Iterable[str]) -> Table:
    """Read columns of the data file.

    Parameters
    ----------
    path
        the file.
    data
        how it is written.
    columns
        the columns to keep; each exists.

    Raises
    ------
    InputError
        the file cannot be read, has no rows, or has a row that is too long or too short.
    """
    wanted = tuple(dict.fromkeys(columns))
    table = (_read_parquet if _is_parquet(path) else _read_csv)(path, data, wanted)
    if table.rows == 0:
        raise InputError(f"{path.name}: there is a header but no row. Every patient is one row.")
    if data.id is None:
        return table
    return replace(table, records=_records_of(table, data.id))


def file_digest(path: Path) -> str:
    """Compute the SHA-256 of a file, so that results can be traced to it."""
    with _existing(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _records_of(table: Table, column: str) -> tuple[str, ...]:
    coded = codes(table, column)
    return tuple("missing" if code < 0 else coded.labels[code] for code in coded.codes)


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in {".parquet", ".pq"}


def _existing(path: Path) -> Path:
    if path.is_file():
        return path
    here = sorted(other.name for other in path.parent.glob("*.*")) if path.parent.is_dir() else []
    raise InputError(
        f"there is no file {path}. Files in that folder: {listed(here) if here else 'none'}."
        " Set [data] file to the table of patients, relative to the study file."
    )


def _read_parquet(path: Path, data: Data, wanted: tuple[str, ...]) -> Table:
    from atrisk.frames import read_parquet

    columns, missing = read_parquet(_existing(path), wanted)
    for name, values in columns.items():
        if values.dtype == object:
            missing[name] |= np.isin(values.astype(str), ["", *data.missing])
    rows = len(next(iter(missing.values()))) if missing else 0
    where = np.arange(1, rows + 1)
    return Table(path.name, "row", columns, missing, where, decimal=data.decimal)


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    fields: list[str]


def _text(path: Path, data: Data) -> io.StringIO:
    encoding = "utf-8-sig" if data.encoding.lower() in {"utf-8", "utf8"} else data.encoding
    try:
        content = _existing(path).read_bytes()
        _check_is_text(path, data, content)
        return io.StringIO(content.decode(encoding), newline="")
    except LookupError:
        raise InputError(
            f"[data] encoding = {data.encoding!r} is not known; write utf-8, cp1252 or latin-1"
        ) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name}, line {line}: byte 0x{content[error.start]:02x} is not {data.encoding}."
            ' Save the file as "CSV UTF-8", or name its encoding in [data], such as'
            ' encoding = "cp1252" for a file from Excel on Windows.'
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def _check_is_text(path: Path, data: Data, content: bytes) -> None:
    """Refuse what a spreadsheet program saves when it is not asked for CSV in UTF-8."""
    if content.startswith(b"PK\x03\x04"):
        raise InputError(
            f'{path.name} is an Excel workbook: save it as CSV ("CSV UTF-8"), and set [data] file'
            " to the new file."
        )
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if wide and not data.encoding.lower().startswith(("utf-16", "utf16", "utf_16")):
        raise InputError(
            f'{path.name} is UTF-16, not {data.encoding}. Set [data] encoding = "utf-16", or save'
            ' the file as "CSV UTF-8".'
        )


def _records(path: Path, data: Data) -> Iterator[_Record]:
    """Yield the header and the rows that are not blank, with the line each begins on."""
    reader = csv.reader(_text(path, data), delimiter=data.separator, strict=True)
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"{path.name}, line {line}: the row cannot be read ({error}). Look for a quotation"
                " mark that is not closed."
            ) from None
        if fields:
            yield _Record(line, fields)
        line = reader.line_num + 1


def _header(path: Path, record: _Record | None) -> tuple[str, ...]:
    if record is None:
        raise InputError(f"{path.name} is empty: the first line names the columns.")
    names = tuple(field.strip() for field in record.fields)
    if len(names) == 1 and any(mark in names[0] for mark in ";\t,"):
        mark = next(mark for mark in ";\t," if mark in names[0])
        raise InputError(
            f"{path.name}, line {record.line}: there is one column, {names[0]!r}. If the fields are"
            f" separated by {mark!r}, set [data] separator = {mark!r}."
        )
    _check_names(path, record.line, names)
    return names


def _check_names(path: Path, line: int, names: tuple[str, ...]) -> None:
    if "" in names:
        raise InputError(
            f"{path.name}, line {line}: column {names.index('') + 1} has no name."
            " Name every column once."
        )
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(
            f"{path.name}, line {line}: the header has {listed(twice)} more than once."
            " Name every column once."
        )


def _read_csv(path: Path, data: Data, wanted: tuple[str, ...]) -> Table:
    records = _records(path, data)
    names = _header(path, next(records, None))
    positions = [names.index(name) for name in wanted]
    kept: list[list[str]] = [[] for _ in wanted]
    lines: list[int] = []
    for record in records:
        if len(record.fields) != len(names):
            raise _ragged(path, data, record, names)
        lines.append(record.line)
        for values, position in zip(kept, positions, strict=True):
            values.append(record.fields[position].strip())
    for name, values in zip(wanted, kept, strict=True):
        _check_printable(path, name, values, lines)
    columns = {name: _objects(values) for name, values in zip(wanted, kept, strict=True)}
    absent = frozenset(("", *data.missing))
    missing = {
        name: np.fromiter((value in absent for value in values), dtype=bool, count=len(values))
        for name, values in zip(wanted, kept, strict=True)
    }
    where = np.array(lines, dtype=np.int64)
    return Table(path.name, "line", columns, missing, where, decimal=data.decimal)


def _check_printable(path: Path, column: str, values: list[str], lines: list[int]) -> None:
    for place, value in enumerate(values):
        name = None if value.isprintable() else control_character(value)
        if name is not None:
            raise InputError(
                f"{path.name}, line {lines[place]}: the entry of {column!r} holds the control"
                f" character {name}, which cannot be printed. Delete it."
            )


def _objects(values: list[str]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _ragged(path: Path, data: Data, record: _Record, names: tuple[str, ...]) -> InputError:
    end = record.fields[-1]
    return InputError(
        f"{path.name}, line {record.line}: the row has {len(record.fields)} fields, the header"
        f" {len(names)}; the last field is {end!r}. Put a field that holds {data.separator!r} in"
        " quotation marks, and keep empty fields at the end."
    )
