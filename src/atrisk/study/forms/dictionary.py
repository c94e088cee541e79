"""REDCap's data dictionary: the fields of the forms, read from its CSV and written back unchanged.

A row that was only read is written as it stood, byte for byte; a field that was made or changed in
the model is written as REDCap writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atrisk.errors import InputError, nearest
from atrisk.study.forms.dictionary_checks import Flaw, dictionary_flaws, flaws_error
from atrisk.study.forms.dictionary_rows import (
    HEADER,
    Row,
    csv_rows,
    header_attributes,
    row_text,
    separator_of,
)
from atrisk.study.forms.fields import VALIDATIONS, Choice, Field, choices_of, choices_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = [
    "Choice",
    "Dictionary",
    "Field",
    "Layout",
    "MissingCode",
    "read_dictionary",
    "write_dictionary",
]

_BOM: Final = "\ufeff"
_LISTED: Final = frozenset({"radio", "dropdown", "checkbox"})
_IMPLIED: Final = {
    "yesno": (Choice("1", "Yes"), Choice("0", "No")),
    "truefalse": (Choice("1", "True"), Choice("0", "False")),
}
#: Older names of types.
_TYPES: Final = {"select": "dropdown", "textarea": "notes"}
_FLAGS: Final = ("identifier", "required", "matrix_ranking")
_VERBATIM: Final = frozenset({"section", "label", "note", "annotation", "choices", "branching"})


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A code that a centre enters where a value is not to be had, and what it means."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file of a dictionary was written.

    Attributes
    ----------
    header
        the first row, with its end of line, and the byte-order mark if there was one.
    attributes
        the attribute of `Field` in each column.
    separator, newline, encoding
        of the file.
    rows
        each field as read, its characters and its row number.
    end
        what follows the last field.
    """

    header: str
    attributes: tuple[str, ...]
    separator: str
    newline: str
    encoding: str
    rows: tuple[tuple[Field, str, int], ...]
    end: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The fields of a project, in order.

    Attributes
    ----------
    fields
        all fields; the first is the record id.
    repeating
        the forms that repeat.
    missing_codes
        the project's missing data codes.
    name
        what messages call it.
    layout
        how its file was written, or None.
    """

    fields: tuple[Field, ...]
    repeating: frozenset[str] = frozenset()
    missing_codes: tuple[MissingCode, ...] = ()
    name: str = "dictionary"
    layout: Layout | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms, in order."""
        return tuple(dict.fromkeys(field.form for field in self.fields))

    @property
    def record_id(self) -> str:
        """The name of the field that identifies a record: the first."""
        return self.fields[0].name

    def field(self, name: str) -> Field:
        """Find a field.

        Raises
        ------
        InputError
            there is none of this name.
        """
        for field in self.fields:
            if field.name == name:
                return field
        names = [field.name for field in self.fields]
        raise InputError(
            f"the dictionary {self.name!r} has no field {name!r}.{nearest(name, names)}"
        )

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a field of this name."""
        return any(field.name == name for field in self.fields)

    def of(self, form: str) -> tuple[Field, ...]:
        """Give the fields of a form, the record id among those of the first.

        Raises
        ------
        InputError
            there is no such form.
        """
        found = tuple(field for field in self.fields if field.form == form)
        if not found:
            raise InputError(
                f"the dictionary {self.name!r} has no form {form!r}. Forms are:"
                f" {', '.join(self.forms)}.{nearest(form, self.forms)}"
            )
        return found

    def column_names(self, form: str) -> tuple[str, ...]:
        """Name the columns of a form's table, in order.

        The record id is none of them: it is in every table's ``record``. Checkbox fields have one
        column an option (``field___code``), descriptive fields and files have none.
        """
        return tuple(
            column
            for field in self.of(form)
            if field.name != self.record_id
            for column in field.columns
        )

    def missing_position(self, code: str) -> int | None:
        """Find a missing code, whatever its case; None if it is none."""
        for position, missing in enumerate(self.missing_codes):
            if missing.code.casefold() == code.casefold():
                return position
        return None

    @property
    def rows(self) -> tuple[int | None, ...]:
        """The row of the file on which each field stands (the header is row 1), None if on none."""
        numbers: dict[str, list[int]] = {}
        for field, _, row in () if self.layout is None else self.layout.rows:
            numbers.setdefault(field.name, []).append(row)
        return tuple(
            numbers[field.name].pop(0) if numbers.get(field.name) else None for field in self.fields
        )


def read_dictionary(
    source: str | Path | bytes,
    *,
    repeating: Collection[str] = (),
    missing_codes: Mapping[str, str] | Sequence[MissingCode] = (),
    validations: Collection[str] = (),
    encoding: str = "utf-8",
    name: str | None = None,
) -> Dictionary:
    r"""Read REDCap's data dictionary CSV.

    Parameters
    ----------
    source
        a path, or the bytes of the file. A byte-order mark, any end of line, commas, semicolons or
        tabs, and headers of older versions and of the API are understood.
    repeating
        the forms that repeat; the CSV does not say.
    missing_codes
        the project's missing data codes, with labels; the CSV does not say.
    validations
        validation types of the hospital's own server, taken as text.
    encoding
        of the file.
    name
        what messages call it; the file's stem if None.

    Raises
    ------
    InputError
        the file is no data dictionary, or has mistakes: all of them, each with its row.

    Examples
    --------
    >>> text = "field_name,form_name,field_type,field_label\nrecord_id,visit,text,Record"
    >>> read_dictionary(text.encode()).forms
    ('visit',)
    """
    called = name or ("dictionary" if isinstance(source, bytes) else Path(source).stem)
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    text = _decoded(content, encoding, called)
    mark = _BOM if text.startswith(_BOM) else ""
    separator = separator_of(text.removeprefix(mark))
    header, *rows = _rows_of(text.removeprefix(mark), separator, called)
    attributes = header_attributes(header.cells, called)
    flaws: list[Flaw] = []
    read = [
        (_field(row, attributes, called, flaws), row.raw, row.number) for row in rows if row.cells
    ]
    newline = "\r\n" if header.raw.endswith("\r\n") else "\r" if header.raw.endswith("\r") else "\n"
    layout = Layout(
        header=mark + header.raw,
        attributes=attributes,
        separator=separator,
        newline=newline,
        encoding=encoding,
        rows=tuple(read),
        end="".join(row.raw for row in rows if not row.cells),
    )
    codes = (
        tuple(MissingCode(*item) for item in missing_codes.items())
        if isinstance(missing_codes, Mapping)
        else tuple(missing_codes)
    )
    found = Dictionary(
        tuple(field for field, _, _ in read), frozenset(repeating), codes, called, layout
    )
    flaws.extend(dictionary_flaws(found, VALIDATIONS | frozenset(validations)))
    if flaws:
        raise flaws_error(called, flaws)
    return found


def write_dictionary(dictionary: Dictionary) -> bytes:
    """Spell a dictionary as CSV: rows that were read as they stood, others as REDCap does.

    Raises
    ------
    InputError
        the file's encoding cannot write a text that was put in since.
    """
    layout = dictionary.layout
    if layout is None or not _has_columns(layout, dictionary):
        layout = _canonical(layout)
    known = {field: raw for field, raw, _ in layout.rows}
    parts = [layout.header]
    for field in dictionary.fields:
        if not parts[-1].endswith(("\n", "\r")):
            parts.append(layout.newline)
        parts.append(known.get(field) or _field_text(field, layout))
    parts.append(layout.end)
    try:
        return "".join(parts).encode(layout.encoding)
    except UnicodeEncodeError as error:
        raise InputError(
            f"the dictionary {dictionary.name!r} was read as {layout.encoding}, which has no"
            f" {error.object[error.start]!r}. Replace the layout with None to write UTF-8."
        ) from None


def _has_columns(layout: Layout, dictionary: Dictionary) -> bool:
    """Tell whether the file's columns hold all that the fields say."""
    blank = Field("", "")
    absent = [title for title in HEADER if title not in layout.attributes and title != "choices"]
    return not any(
        getattr(field, title) != getattr(blank, title)
        for field in dictionary.fields
        for title in absent
    ) and ("choices" in layout.attributes or not any(map(_choices_cell, dictionary.fields)))


def _canonical(layout: Layout | None) -> Layout:
    newline = "\n" if layout is None else layout.newline
    separator = "," if layout is None else layout.separator
    return Layout(
        header=row_text(tuple(HEADER.values()), separator, newline),
        attributes=tuple(HEADER),
        separator=separator,
        newline=newline,
        encoding="utf-8" if layout is None else layout.encoding,
        rows=(),
        end="",
    )


def _field_text(field: Field, layout: Layout) -> str:
    cells = [_cell(field, attribute) for attribute in layout.attributes]
    return row_text(cells, layout.separator, layout.newline)


def _cell(field: Field, attribute: str) -> str:
    if attribute == "choices":
        return _choices_cell(field)
    value: Any = getattr(field, attribute) if attribute else ""
    return ("y" if value else "") if isinstance(value, bool) else str(value)


def _choices_cell(field: Field) -> str:
    return choices_text(field.choices) if field.type in _LISTED else field.calculation


def _decoded(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}, line {line}: byte {content[error.start]:#04x} is not {encoding}. Save the"
            " file as CSV UTF-8, or say its encoding, for example encoding='cp1252'."
        ) from None


def _rows_of(text: str, separator: str, name: str) -> list[Row]:
    rows = list(csv_rows(text, separator, name))
    if not any(row.cells for row in rows):
        raise InputError(f"{name}: the file is empty; a data dictionary begins with its header.")
    return rows


def _field(row: Row, attributes: Sequence[str], name: str, flaws: list[Flaw]) -> Field:
    """Make the field of a row; what cannot be read is left out and added to the flaws."""
    if len(row.cells) != len(attributes):
        raise InputError(
            f"{name}, row {row.number} (line {row.line}): {len(row.cells)} cells where the header"
            f" has {len(attributes)}. Look for a quote or a separator that is not within quotes."
        )
    cells = {
        attribute: cell if attribute in _VERBATIM else cell.strip()
        for attribute, cell in zip(attributes, row.cells, strict=True)
    }
    if cells.pop("", ""):
        flaws.append(Flaw(row.number, row.cells[0], "a cell stands under a column without a title"))
    values: dict[str, Any] = dict(cells)
    for flag in _FLAGS:
        values[flag] = _flag(cells.get(flag, ""), HEADER[flag], row, flaws)
    kind = cells["type"].lower()
    values["type"] = _TYPES.get(kind, kind)
    text = values.pop("choices", "")
    if values["type"] in _LISTED:
        values["choices"] = _choices(text, row, flaws)
    elif values["type"] in _IMPLIED:
        values["choices"] = _IMPLIED[values["type"]]
    else:
        values["calculation"] = text
    return Field(**values)


def _flag(cell: str, title: str, row: Row, flaws: list[Flaw]) -> bool:
    if cell.lower() not in {"", "y", "n"}:
        flaws.append(Flaw(row.number, row.cells[0], f"{title} holds {cell!r}; it is y or blank"))
    return cell.lower() == "y"


def _choices(text: str, row: Row, flaws: list[Flaw]) -> tuple[Choice, ...]:
    try:
        return choices_of(text)
    except ValueError as error:
        flaws.append(Flaw(row.number, row.cells[0], str(error)))
        return (Choice("?", ""),)
