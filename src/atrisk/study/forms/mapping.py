"""A centre's mapping file: its headers, codes, units and dates in terms of the dictionary."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from atrisk.errors import InputError, nearest
from atrisk.study.forms.fields import checkbox_column
from atrisk.toml.locate import syntax_problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.fields import Field

__all__ = ["KEYS", "CentreMapping", "check_mapping", "folded", "read_mapping"]

#: REDCap's columns that say which row this is.
KEYS: Final = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
)
_ANY: Final = "*"
_TABLES: Final = frozenset({"forms", "columns", "codes", "units", "missing", "ignore"})
_ORDERS: Final = ("ymd", "dmy", "mdy")
#: The codes of an option of a checkbox field: checked, unchecked.
_OPTION: Final = ("1", "0")


@dataclass(frozen=True, slots=True)
class CentreMapping:
    """How one centre writes.

    Attributes
    ----------
    forms
        the centre's name of a file, sheet or table -> form.
    columns
        (form, header) -> field; the form is "*" where the header means the same in every form.
    codes
        field -> the centre's value -> code; the field is "*" for every field with choices. Of an
        option of a checkbox field (``field___code``), and of the field for its options, the code
        is "1" (checked) or "0" (unchecked).
    units
        field -> factor that turns the centre's unit into the dictionary's.
    missing
        text -> missing code of the dictionary, or "" for a blank.
    ignored_columns, ignored_forms
        headers, and files, sheets or tables, that are left aside.
    encoding, separator, decimal, date_order
        of files in text; None where the file does not say.
    record_prefix
        stands before each record id that does not begin with it.
    header_rows
        form -> the row of its header; the form is "*" for all others.
    serial_dates
        1900 or 1904: text files hold dates as Excel's day numbers of that system.

    Notes
    -----
    Headers, codes and texts are compared without regard to case and repeated blanks.
    """

    forms: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    ignored_columns: frozenset[str] = frozenset()
    ignored_forms: frozenset[str] = frozenset()
    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    date_order: str | None = None
    record_prefix: str | None = None
    header_rows: Mapping[str, int] = field(default_factory=dict)
    serial_dates: int | None = None

    def column(self, form: str, header: str) -> str | None:
        """Find what a header of a form stands for, or None."""
        text = folded(header)
        return self.columns.get((form, text)) or self.columns.get((_ANY, text))

    def codes_of(self, name: str, *, choices: bool) -> Mapping[str, str]:
        """Give the centre's values of a field; those of every choice field come after its own."""
        shared = self.codes.get(_ANY, {}) if choices else {}
        return {**shared, **self.codes.get(name, {})}

    def header_row(self, form: str) -> int | None:
        """Give the row of the header of a form's file, None if the file does not say."""
        return self.header_rows.get(form, self.header_rows.get(_ANY))


def folded(text: str) -> str:
    """Spell a text for comparison: lower case, single blanks.

    Examples
    --------
    >>> folded(" Date  of Birth ")
    'date of birth'
    """
    return " ".join(text.split()).casefold()


def read_mapping(source: Path | str) -> CentreMapping:
    r"""Read a centre's mapping file.

    Parameters
    ----------
    source
        a path, or the text of the file.

    Raises
    ------
    InputError
        the file cannot be read, or has a key or value that is none.

    Examples
    --------
    >>> mapping = read_mapping('decimal = ","\n[columns]\n"Geschlecht" = "sex"')
    >>> mapping.decimal, mapping.column("baseline", "geschlecht")
    (',', 'sex')
    """
    name = "the mapping" if isinstance(source, str) else source.name
    said = _toml(source, name)
    known = {item.name for item in fields(CentreMapping)}
    keys = (known | _TABLES | {"header_row"}) - {"ignored_columns", "ignored_forms", "header_rows"}
    for key in said:
        if key not in keys:
            raise InputError(
                f"{name}: there is no key {key!r}. Keys are: {', '.join(sorted(keys))}."
                f"{nearest(key, keys)}"
            )
    _check_settings(said, name)
    tables = {key: _table(said, key, name) for key in sorted(_TABLES)}
    ignore = tables.pop("ignore")
    return CentreMapping(
        forms=_texts(tables["forms"], name, "forms"),
        columns=_columns(tables["columns"], name),
        codes={
            key: _texts(_table(tables["codes"], key, name), name, f"codes.{key}")
            for key in tables["codes"]
        },
        units={key: _factor(value, name, key) for key, value in tables["units"].items()},
        missing=_texts(tables["missing"], name, "missing"),
        ignored_columns=_names(ignore, "columns", name),
        ignored_forms=_names(ignore, "forms", name),
        header_rows=_header_rows(said.get("header_row"), name),
        **{key: said.get(key) for key in _SETTINGS},
    )


#: Keys at the top of the file: their values, and what to write.
_SETTINGS: Final[dict[str, tuple[tuple[object, ...] | type, str]]] = {
    "encoding": (str, "a name such as utf-8 or cp1252"),
    "separator": (str, "one character"),
    "decimal": ((".", ","), '"." or ","'),
    "date_order": (_ORDERS, '"ymd", "dmy" or "mdy"'),
    "record_prefix": (str, "a text"),
    "serial_dates": ((1900, 1904), "1900 or 1904"),
}


def _toml(source: Path | str, name: str) -> dict[str, Any]:
    try:
        text = source if isinstance(source, str) else source.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the mapping file {source} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{name} is not UTF-8. Save the mapping file as UTF-8.") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(syntax_problem(name, text, str(error))) from None


def _check_settings(said: Mapping[str, Any], name: str) -> None:
    for key, (allowed, words) in _SETTINGS.items():
        value = said.get(key)
        right = isinstance(value, allowed) if isinstance(allowed, type) else value in allowed
        if value is not None and not right:
            raise InputError(f"{name}: {key} = {value!r} is not {words}.")
    if len(said.get("separator", ",")) != 1:
        raise InputError(f"{name}: separator = {said['separator']!r} is not one character.")
    if "decimal" in said and said.get("separator") == said["decimal"]:
        raise InputError(
            f"{name}: the separator and the decimal mark are both {said['decimal']!r}."
        )


def _table(said: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    value = said.get(key, {})
    if not isinstance(value, dict):
        raise InputError(f"{name}: {key} is a table: write [{key}] above its lines.")
    return value


def _texts(table: Mapping[str, Any], name: str, key: str) -> dict[str, str]:
    """Read ``text = "text"`` lines; whole numbers as codes are their digits."""
    for text, value in table.items():
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise InputError(f"{name}, [{key}]: {text!r} = {value!r} is not a text.")
    return {folded(text): str(value) for text, value in table.items()}


def _columns(table: Mapping[str, Any], name: str) -> dict[tuple[str, str], str]:
    """Read the headers that hold everywhere, and those of one form."""
    everywhere = {text: value for text, value in table.items() if not isinstance(value, dict)}
    found = {(_ANY, text): value for text, value in _texts(everywhere, name, "columns").items()}
    for form, own in table.items():
        if isinstance(own, dict):
            for text, value in _texts(own, name, f"columns.{form}").items():
                found[form, text] = value
    return found


def _factor(value: object, name: str, key: str) -> float:
    factor = value.get("factor") if isinstance(value, dict) else value
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < 1e12:
        raise InputError(f"{name}: [units.{key}] needs factor = a number above 0, not {factor!r}.")
    return float(factor)


def _names(table: Mapping[str, Any], key: str, name: str) -> frozenset[str]:
    listed = table.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise InputError(f'{name}: [ignore] {key} is a list of texts: {key} = ["..."].')
    wrong = table.keys() - {"columns", "forms"}
    if wrong:
        raise InputError(f"{name}: [ignore] has {min(wrong)!r}; it holds 'columns' and 'forms'.")
    return frozenset(map(folded, listed))


def _header_rows(value: object, name: str) -> dict[str, int]:
    rows: dict[str, Any] = {}
    if value is not None:
        rows = value if isinstance(value, dict) else {_ANY: value}
    for row in rows.values():
        if isinstance(row, bool) or not isinstance(row, int) or row < 1:
            raise InputError(f"{name}: header_row = {row!r} is not a whole number from 1.")
    return rows


def check_mapping(mapping: CentreMapping, dictionary: Dictionary, centre: str) -> None:
    """Check that what a mapping names is in the dictionary.

    Raises
    ------
    InputError
        a field, form, choice or missing code is not there; the message suggests the nearest.
    """
    own = {field.name: field for field in dictionary.fields}
    of_forms = {column for form in dictionary.forms for column in dictionary.column_names(form)}
    complete = {f"{form}_complete" for form in dictionary.forms}
    coded = {
        checkbox_column(field.name, code.code)
        for field in dictionary.fields
        if field.kind == "checkbox"
        for code in dictionary.missing_codes
    }
    targets = own.keys() | of_forms | complete | coded | set(KEYS)
    codes = {code.code for code in dictionary.missing_codes} | {""}
    forms = set(dictionary.forms)
    for what, names, existing in (
        ("form", mapping.forms.values(), forms),
        ("form", mapping.header_rows.keys() - {_ANY}, forms),
        ("form", {form for form, _ in mapping.columns} - {_ANY}, forms),
        ("field", mapping.columns.values(), targets),
        ("field", mapping.codes.keys() - {_ANY}, own.keys() | of_forms),
        ("field", mapping.units, own.keys()),
        ("missing code", mapping.missing.values(), codes),
    ):
        for name in names:
            if name not in existing:
                raise InputError(
                    f"the mapping of centre {centre!r} names the {what} {name!r}, which the"
                    f" dictionary {dictionary.name!r} does not have.{nearest(name, existing)}"
                )
    for name in mapping.units:
        if own[name].kind != "number":
            raise InputError(
                f"the mapping of centre {centre!r} gives a unit for {name!r}, which is no number."
            )
    for name, values in mapping.codes.items():
        choices = () if name == _ANY else _codes_of(name, own)
        for code in values.values() if choices else ():
            if code not in choices and code not in codes:
                raise InputError(
                    f"the mapping of centre {centre!r} gives the code {code!r} for {name!r}. Its"
                    f" codes are: {', '.join(choices)}."
                )


def _codes_of(name: str, fields: Mapping[str, Field]) -> tuple[str, ...]:
    """Give the codes of a field or an option; of a checkbox field those of its options as well."""
    if name not in fields:
        return _OPTION
    found = fields[name].codes
    if fields[name].kind == "checkbox":
        return (*found, *(code for code in _OPTION if code not in found))
    return found
