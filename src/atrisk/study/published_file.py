"""The file of published numbers: read, and refused with the line where it is wrong."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed, nearest
from atrisk.study.published_numbers import PrintedNumber, split_text
from atrisk.toml.control import control_character

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["COLUMNS", "PublishedRow", "PublishedTable", "read_published"]

COLUMNS = ("section", "label", "key", "published", "place", "quote", "note")
_NEEDED = ("section", "label", "published")


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A line of the file.

    Attributes
    ----------
    line
        where it stands.
    keys
        the keys of our numbers, one for each printed number in order; none where this study has
        no such number.
    parts
        the printed text, split into words and numbers.
    """

    line: int
    section: str
    label: str
    keys: tuple[str, ...]
    published: str
    parts: tuple[str | PrintedNumber, ...]
    place: str
    quote: str
    note: str

    @property
    def numbers(self) -> tuple[PrintedNumber, ...]:
        """The printed numbers, in order."""
        return tuple(part for part in self.parts if isinstance(part, PrintedNumber))

    @property
    def impossible(self) -> bool:
        """Whether the note says that what differs is impossible as printed."""
        return re.match(r"impossible\b", self.note, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """The file: its name as written, its digest, its lines."""

    file: str
    sha256: str
    rows: tuple[PublishedRow, ...]


def read_published(path: Path, file: str, decimal: str = ".") -> PublishedTable:
    """Read a file of published numbers.

    Parameters
    ----------
    path
        the file.
    file
        its name as the study file has it, for messages.
    decimal
        the mark before decimals in the printed texts.

    Raises
    ------
    InputError
        the file cannot be read, lacks a column or a text, or a line has not one key for each of
        its numbers; the message names every such line.
    """
    content = _content(path, file)
    try:
        lines = _printable(file, content.decode("utf-8-sig")).splitlines()
        reader = csv.DictReader(lines, strict=True)
        _check_columns(file, tuple(reader.fieldnames or ()))
        rows = []
        for found in reader:
            _check_fields(file, reader.line_num, found)
            if any((text or "").strip() for text in found.values()):
                rows.append(_row(reader.line_num, found, decimal))
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    except csv.Error as error:
        raise InputError(f"{file} is no CSV file: {error}.") from None
    problems = [text for row in rows for text in _problems(file, row)]
    if not rows:
        problems = [f"{file} has no line below its head; write one a published number"]
    if problems:
        raise InputError("\n".join(problems))
    return PublishedTable(file, sha256(content).hexdigest(), tuple(rows))


def _content(path: Path, file: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"there is no file {file} beside the study file. It is a CSV file with the columns"
            f" {', '.join(COLUMNS)}."
        ) from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None


def _printable(file: str, text: str) -> str:
    name = control_character(text)
    if name is not None:
        raise InputError(f"{file} holds the control character {name}. Delete it.")
    return text


def _check_columns(file: str, found: tuple[str, ...]) -> None:
    unknown = [name for name in found if name not in COLUMNS]
    if unknown:
        raise InputError(
            f"{file}, line 1: there is no column {unknown[0]!r} here; columns are"
            f" {', '.join(COLUMNS)}.{nearest(unknown[0], COLUMNS)}"
        )
    twice = [name for name in dict.fromkeys(found) if found.count(name) > 1]
    if twice:
        raise InputError(f"{file}, line 1: the column {listed(twice)} is there more than once.")
    lacking = [name for name in _NEEDED if name not in found]
    if lacking:
        raise InputError(f"{file}, line 1: the column {listed(lacking)} is needed and not there.")


def _check_fields(file: str, line: int, found: dict[str, str]) -> None:
    if None in found:  # where DictReader puts what stands beyond the last column
        raise InputError(
            f"{file}, line {line}: the line has more fields than the head. Put a text that holds a"
            " comma in quotation marks."
        )


def _row(line: int, found: dict[str, str], decimal: str) -> PublishedRow:
    texts = {name: " ".join((found.get(name) or "").split()) for name in COLUMNS}
    keys = tuple(texts.pop("key").split())
    parts = split_text(texts["published"], decimal)
    return PublishedRow(line=line, keys=keys, parts=parts, **texts)


def _problems(file: str, row: PublishedRow) -> Iterator[str]:
    """Say what is wrong with a line."""
    where = f"{file}, line {row.line}"
    empty = [name for name in _NEEDED if not getattr(row, name)]
    if empty:
        yield f"{where}: {listed(empty)} is empty"
    if row.published and not row.numbers:
        yield f"{where}: there is no number in {row.published!r}"
    if row.keys and len(row.keys) != len(row.numbers):
        yield (
            f"{where}: {len(row.numbers)} numbers are printed in {row.published!r} and"
            f" {len(row.keys)} keys are given; give one key a number, in their order, separated by"
            " spaces"
        )
