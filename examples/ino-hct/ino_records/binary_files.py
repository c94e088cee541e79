"""Excel, Parquet and SQLite files of the same bytes on every machine, without their libraries."""

from __future__ import annotations

import re
import sqlite3
import struct
import tempfile
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

__all__ = ["Table", "parquet_bytes", "sqlite_bytes", "xlsx_bytes"]

#: name -> header and rows of text
Table = tuple[list[str], list[list[str]]]

NOTE = "Synthetic forms: nobody described here exists"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"-?\d{1,9}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_UNIX_EPOCH = date(1970, 1, 1)
_ZIP_DATE = (2023, 12, 7, 0, 0, 0)


# Excel ---------------------------------------------------------------------------------------


def xlsx_bytes(tables: dict[str, Table]) -> bytes:
    """Write a workbook with a sheet a table: numbers as numbers, dates as dates."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(tables) + 1)
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, tables, strict=True)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    styles = len(tables) + 1
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
            for n in numbers
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>{sheets}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        f'<Relationship Id="rId{styles}" Type="{office}/styles" Target="styles.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f"<styleSheet {main}>"
        '<fonts count="1"><font/></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>",
    }
    for n, table in zip(numbers, tables.values(), strict=True):
        parts[f"xl/worksheets/sheet{n}.xml"] = _sheet(main, table)
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), head + text)
        archive.comment = NOTE.encode()
    return file.getvalue()


def _sheet(main: str, table: Table) -> str:
    header, rows = table
    lines = []
    for number, row in enumerate([header, *rows], 1):
        cells = "".join(
            _cell(f"{_letters(place)}{number}", text) for place, text in enumerate(row) if text
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    return f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell(reference: str, text: str) -> str:
    if _ISO.fullmatch(text):
        serial = (date.fromisoformat(text) - _EXCEL_EPOCH).days
        return f'<c r="{reference}" s="1"><v>{serial}</v></c>'
    if _NUMBER.fullmatch(text):
        return f'<c r="{reference}"><v>{text}</v></c>'
    words = f'<is><t xml:space="preserve">{escape(text)}</t></is>'
    return f'<c r="{reference}" t="inlineStr">{words}</c>'


# Parquet: one row group, plain pages, not compressed ---------------------------------------------

_INT32, _DOUBLE, _BYTES = 1, 5, 6
_UTF8, _DATE = 0, 6
_STRUCT, _LIST, _BINARY, _I32, _I64 = 12, 9, 8, 5, 6


def parquet_bytes(table: Table) -> bytes:
    """Write a Parquet file: whole numbers, numbers, dates or texts, each column as it allows."""
    header, rows = table
    body = bytearray(b"PAR1")
    schema = [_struct([(4, _BINARY, b"schema"), (5, _I32, len(header))])]
    chunks = []
    for place, name in enumerate(header):
        texts = [row[place] for row in rows]
        kind, converted, values = _typed(texts)
        page = _page(texts, values)
        offset = len(body)
        body += page
        element = [(1, _I32, kind), (3, _I32, 1), (4, _BINARY, name.encode())]
        schema.append(_struct(element + ([] if converted is None else [(6, _I32, converted)])))
        meta = _struct(
            [
                (1, _I32, kind),
                (2, _LIST, (_I32, [0, 3])),
                (3, _LIST, (_BINARY, [name.encode()])),
                (4, _I32, 0),
                (5, _I64, len(texts)),
                (6, _I64, len(page)),
                (7, _I64, len(page)),
                (9, _I64, offset),
            ]
        )
        chunks.append(_struct([(2, _I64, offset), (3, _STRUCT, meta)]))
    group = _struct([(1, _LIST, (_STRUCT, chunks)), (2, _I64, len(body) - 4), (3, _I64, len(rows))])
    note = _struct([(1, _BINARY, b"note"), (2, _BINARY, NOTE.encode())])
    footer = _struct(
        [
            (1, _I32, 1),
            (2, _LIST, (_STRUCT, schema)),
            (3, _I64, len(rows)),
            (4, _LIST, (_STRUCT, [group])),
            (5, _LIST, (_STRUCT, [note])),
        ]
    )
    return bytes(body) + footer + struct.pack("<I", len(footer)) + b"PAR1"


def _typed(texts: list[str]) -> tuple[int, int | None, bytes]:
    """Choose the type of a column and pack what is not blank."""
    filled = [text for text in texts if text]
    if filled and all(_ISO.fullmatch(text) for text in filled):
        days = [(date.fromisoformat(text) - _UNIX_EPOCH).days for text in filled]
        return _INT32, _DATE, struct.pack(f"<{len(days)}i", *days)
    if filled and all(_WHOLE.fullmatch(text) for text in filled):
        return _INT32, None, struct.pack(f"<{len(filled)}i", *map(int, filled))
    if filled and all(_NUMBER.fullmatch(text) for text in filled):
        return _DOUBLE, None, struct.pack(f"<{len(filled)}d", *map(float, filled))
    packed = [text.encode() for text in filled]
    return _BYTES, _UTF8, b"".join(struct.pack("<I", len(text)) + text for text in packed)


def _page(texts: list[str], values: bytes) -> bytes:
    runs = bytearray()
    for text in texts:
        runs += _varint(1 << 1) + bytes([int(bool(text))])
    content = struct.pack("<I", len(runs)) + bytes(runs) + values
    data = _struct([(1, _I32, len(texts)), (2, _I32, 0), (3, _I32, 3), (4, _I32, 3)])
    size = len(content)
    return _struct([(1, _I32, 0), (2, _I32, size), (3, _I32, size), (5, _STRUCT, data)]) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _struct(fields: list[tuple[int, int, object]]) -> bytes:
    """Write a struct in Thrift's compact protocol: (id, type, value), ids ascending."""
    out, last = bytearray(), 0
    for number, kind, value in fields:
        out.append((number - last) << 4 | kind)
        out += _value(kind, value)
        last = number
    return bytes(out) + b"\0"


def _value(kind: int, value: object) -> bytes:
    if isinstance(value, int):
        return _varint((value << 1) ^ (value >> 63))
    if isinstance(value, tuple):
        item, values = value
        head = [len(values) << 4 | item] if len(values) < 15 else [0xF0 | item]
        length = b"" if len(values) < 15 else _varint(len(values))
        return bytes(head) + length + b"".join(_value(item, entry) for entry in values)
    if not isinstance(value, bytes):
        raise TypeError(kind)
    return value if kind == _STRUCT else _varint(len(value)) + value


# SQLite --------------------------------------------------------------------------------------


def sqlite_bytes(tables: dict[str, Table]) -> bytes:
    """Write a database with a table a form; the header's version of SQLite is set to 3.40.0.

    The statement that makes a table is kept in the file, with the note in it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forms.sqlite"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA page_size = 4096")
        for name, (header, rows) in tables.items():
            columns = ", ".join(f'"{column}" TEXT' for column in header)
            connection.execute(f'CREATE TABLE "{name}" (/* {NOTE} */ {columns})')
            marks = ", ".join("?" * len(header))
            values = [[text or None for text in row] for row in rows]
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', values)  # noqa: S608
        connection.commit()
        connection.close()
        content = bytearray(path.read_bytes())
    content[96:100] = struct.pack(">I", 3_040_000)
    return bytes(content)
