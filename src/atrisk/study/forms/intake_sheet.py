"""A file, sheet or table as it was read: names, and columns of trimmed text with their lines."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.study.forms.tables import Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "LABELS_AS_HEADERS",
    "Coder",
    "FileFault",
    "Ragged",
    "Sheet",
    "coded_rows",
    "file_sha256",
    "labelled",
    "sheet_of",
    "spelled",
]

_MARKS: Final = "\ufeff\u200b\u200c\u200d\u2060"


#: Why an export of REDCap with labels for headers cannot be read.
LABELS_AS_HEADERS: Final = (
    "REDCap exported labels as headers, which do not tell fields apart; export 'CSV / Microsoft"
    " Excel (raw data)', in which the headers are the names of the fields"
)


def labelled(header: str) -> bool:
    """Tell whether a header is one of REDCap's export with labels.

    Examples
    --------
    >>> labelled("Sites (choice=Liver)"), labelled("sites___2")
    (True, False)
    """
    return "(choice=" in header or header in {"Complete?", "Repeat Instrument", "Repeat Instance"}


class FileFault(Exception):  # noqa: N818 - a fault of the file, caught where its rejection is noted
    """Why nothing of a file can be taken.

    Parameters
    ----------
    reason
        why, and what to do.
    line, field, value
        where; line 0 is the file as a whole.
    rows
        how many rows with an entry it has; None where they are not counted.
    countable
        whether they could be, by reading the file again.
    """

    def __init__(
        self,
        reason: str,
        *,
        line: int = 0,
        field: str = "",
        value: str = "",
        rows: int | None = None,
        countable: bool = True,
    ) -> None:
        super().__init__(reason)
        self.reason, self.rows, self.countable = reason, rows, countable
        self.line, self.field, self.value = line, field, value


@dataclass(frozen=True, slots=True)
class Ragged:
    """A row that has not the length of the header.

    Attributes
    ----------
    line, reason, value
        where it stands, why it is none, and its last field.
    first
        its first field: the record id, where that is the first column.
    """

    line: int
    reason: str
    value: str
    first: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one file, sheet or table holds.

    Attributes
    ----------
    name
        how messages call it.
    place
        what ``lines`` counts.
    sha256
        of the file, "" of a database.
    header
        the names of the columns, trimmed; "" where there is none.
    columns
        each of n rows, trimmed; rows without any entry are left out.
    lines
        shape (n,), int32.
    header_line
        where the header stands.
    typed
        numbers and dates were numbers and dates, not text.
    serial
        1900 or 1904 if numbers in it may be days of that system.
    ragged
        rows of another length than the header, which are in none of the columns.
    """

    name: str
    place: str
    sha256: str
    header: tuple[str, ...]
    columns: tuple[Written, ...]
    lines: NDArray[np.int32]
    header_line: int = 1
    typed: bool = False
    serial: int | None = None
    ragged: tuple[Ragged, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows with an entry, ragged ones left out."""
        return len(self.lines)

    @property
    def rows_in(self) -> int:
        """The number of rows with an entry."""
        return len(self.lines) + len(self.ragged)


class Coder:
    """Codes the entries of a column as they come, block by block."""

    __slots__ = ("_blocks", "_known", "_place")

    def __init__(self) -> None:
        self._known: defaultdict[Any, int] = defaultdict()
        self._known.default_factory = self._known.__len__
        self._place = self._known.__getitem__
        self._blocks: list[NDArray[Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        """Code a block of entries."""
        try:
            block = np.fromiter(map(self._place, values), dtype=np.int32, count=len(values))
        except TypeError:  # what cannot be looked up is no single value
            raise FileFault("a column holds lists or structures, not one value a row") from None
        self._blocks.append(_narrowed(block, len(self._known)))

    def written(self, decimal: str = ".") -> Written:
        """Give the column, spelled and trimmed, each text once."""
        texts = [_trimmed(spelled(value, decimal)) for value in self._known]
        codes = np.concatenate(self._blocks) if self._blocks else np.empty(0, dtype=np.int32)
        distinct: dict[str, int] = {}
        places = [distinct.setdefault(text, len(distinct)) for text in texts]
        if len(distinct) < len(texts):
            codes = _narrowed(np.array(places, dtype=np.int32), len(distinct))[codes]
        return Written(tuple(distinct), codes)


def _narrowed(codes: NDArray[np.int32], size: int) -> NDArray[Any]:
    """Keep codes in as few bytes as they need: wide exports are mostly blank."""
    return codes.astype(np.uint8 if size <= 0xFF else np.uint16 if size <= 0xFFFF else np.int32)


def _trimmed(text: str) -> str:
    return text.strip().strip(_MARKS).strip()


def spelled(value: object, decimal: str = ".") -> str:
    """Spell what a spreadsheet or database holds as a centre would write it in text.

    Examples
    --------
    >>> spelled(2.0), spelled(0.5, ","), spelled(None), spelled(True)
    ('2', '0,5', '', '1')
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return _float(value).replace(".", decimal)
    if isinstance(value, Decimal):
        text = format(value.normalize(), "f") if value.is_finite() else ""
        return text.replace(".", decimal)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, bytes | memoryview | tuple):
        raise FileFault(f"a column holds {type(value).__name__}, not one value a row")
    return str(value)


def _float(value: float) -> str:
    """Spell a number as a spreadsheet shows it, with at most 15 digits; NaN is blank."""
    if not isfinite(value):
        return "" if value != value else str(value)  # noqa: PLR0124 - NaN is not itself
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


def _moment(value: dt.datetime) -> str:
    if value.tzinfo is not None:
        return value.isoformat(sep=" ")
    midnight = not (value.hour or value.minute or value.second)
    return str(value.date()) if midnight else value.strftime("%Y-%m-%d %H:%M:%S")


def sheet_of(
    header: Sequence[str],
    columns: Sequence[Written],
    lines: NDArray[np.int32],
    *,
    name: str,
    place: str,
    sha256: str = "",
    header_line: int = 1,
    typed: bool = False,
    serial: int | None = None,
    ragged: Sequence[Ragged] = (),
) -> Sheet:
    """Make a sheet without its blank rows.

    Raises
    ------
    FileFault
        a name stands twice.
    """
    names = tuple(_trimmed(text) for text in header)
    keep = np.zeros(len(lines), dtype=bool)
    for column in columns:
        keep |= _filled(column)
    twice = [text for text, count in Counter(names).items() if text and count > 1]
    if twice:
        raise FileFault(
            LABELS_AS_HEADERS
            if any(labelled(text) for text in names)
            else "the header has this name more than once; name every column once",
            line=header_line,
            field=twice[0],
            rows=int(keep.sum()) + len(ragged),
        )
    every = bool(keep.all())
    return Sheet(
        name=name,
        place=place,
        sha256=sha256,
        header=names,
        columns=tuple(columns) if every else tuple(column.take(keep) for column in columns),
        lines=lines if every else lines[keep],
        header_line=header_line,
        typed=typed,
        serial=serial,
        ragged=tuple(ragged),
    )


def _filled(column: Written) -> NDArray[np.bool_]:
    known = np.array([bool(text) for text in column.texts], dtype=bool)
    if not len(column):
        return np.zeros(0, dtype=bool)
    return known[column.codes]


def file_sha256(path: Path) -> str:
    """Compute the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def coded_rows(
    blocks: Iterable[Sequence[Sequence[Any]]], width: int, decimal: str
) -> tuple[Written, ...]:
    """Code blocks of rows, each row ``width`` long, to columns."""
    coders = [Coder() for _ in range(width)]
    rows = 0
    fault: FileFault | None = None
    for block in blocks:
        rows += len(block)
        if block and fault is None:
            try:
                for coder, values in zip(coders, zip(*block, strict=True), strict=True):
                    coder.add(values)
            except FileFault as found:
                fault = found  # the other rows are counted
    try:
        if fault is not None:
            raise fault
        return tuple(coder.written(decimal) for coder in coders)
    except FileFault as found:
        found.rows = rows
        raise
