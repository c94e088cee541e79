"""Formulas that failed in an old Excel file (.xls): the reader of cells gives them as blank."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["xls_errors"]

_END: Final = 0xFFFFFFFA  # from here on a sector number is a mark, not a sector
_FORMULA, _SHEET, _BOOL_OR_ERROR, _BEGIN = 0x0006, 0x0085, 0x0205, 0x0809
_ERRORS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def xls_errors(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Find failed formulas: sheet -> (row, column) -> the error."""
    stream = _workbook_stream(path.read_bytes())
    names: dict[int, str] = {}
    found: dict[str, dict[tuple[int, int], str]] = {}
    title = ""
    for position, kind, body in _records(stream):
        if kind == _SHEET:
            names[struct.unpack_from("<I", body)[0]] = _name(body[6:])
        elif kind == _BEGIN:
            title = names.get(position, title)
        elif (code := _error(kind, body)) is not None:
            row, column = struct.unpack_from("<HH", body)
            found.setdefault(title, {})[row, column] = _ERRORS.get(code, "#N/A")
    return found


def _error(kind: int, body: bytes) -> int | None:
    """Give the code of the error that a cell holds, None if it holds none."""
    if kind == _BOOL_OR_ERROR and body[7]:
        return body[6]
    failed = kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2
    return body[8] if failed else None


def _name(body: bytes) -> str:
    size, wide = body[0], body[1] & 1
    return (
        body[2 : 2 + 2 * size].decode("utf-16-le") if wide else body[2 : 2 + size].decode("cp1252")
    )


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the records of the workbook: where each begins, its kind, its content."""
    position = 0
    while position + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, position)
        yield position, kind, stream[position + 4 : position + 4 + size]
        position += 4 + size


def _workbook_stream(content: bytes) -> bytes:
    """Take the stream of the workbook out of the compound file that holds it."""
    sector = 1 << struct.unpack_from("<H", content, 30)[0]
    short = 1 << struct.unpack_from("<H", content, 32)[0]
    directory, _, cut, short_table = struct.unpack_from("<4I", content, 48)

    def at(number: int) -> bytes:
        return content[(number + 1) * sector : (number + 2) * sector]

    tables = list(struct.unpack_from("<109I", content, 76))
    more = struct.unpack_from("<I", content, 68)[0]
    while more < _END:
        *listed, more = struct.unpack(f"<{sector // 4}I", at(more))
        tables += listed
    table = b"".join(at(number) for number in tables if number < _END)
    following = struct.unpack(f"<{len(table) // 4}I", table)

    def chain(start: int) -> bytes:
        return b"".join(map(at, _numbers(start, following)))

    entries = chain(directory)
    roots = [entries[start : start + 128] for start in range(0, len(entries), 128)]
    for entry in roots:
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le")
        if name in {"Workbook", "Book"}:
            start, size = struct.unpack_from("<II", entry, 116)
            if size >= cut:
                return chain(start)[:size]
            whole = chain(struct.unpack_from("<I", roots[0], 116)[0])
            places = chain(short_table)
            links = struct.unpack(f"<{len(places) // 4}I", places)
            parts = (whole[n * short : (n + 1) * short] for n in _numbers(start, links))
            return b"".join(parts)[:size]
    return b""


def _numbers(start: int, following: tuple[int, ...]) -> Iterator[int]:
    """Yield the sectors of a chain; a broken file ends it."""
    seen = 0
    while start < len(following) and seen <= len(following):
        yield start
        start, seen = following[start], seen + 1
