"""One field of a data dictionary: what REDCap's 18 columns say of it, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from atrisk.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "TYPES",
    "VALIDATIONS",
    "Choice",
    "Field",
    "FieldKind",
    "checkbox_column",
    "choices_of",
    "choices_text",
    "field_problems",
]

FieldKind = Literal["number", "date", "datetime", "code", "checkbox", "none"]

#: What the column Field Type may say.
TYPES: Final = (
    "text",
    "notes",
    "radio",
    "dropdown",
    "checkbox",
    "yesno",
    "truefalse",
    "calc",
    "slider",
    "descriptive",
    "file",
    "sql",
)
_LISTED = frozenset({"radio", "dropdown", "checkbox"})
_ORDERS = ("ymd", "mdy", "dmy")
_DATES = {f"date_{order}": "date" for order in _ORDERS} | {"date": "date"}
_DATETIMES = {f"datetime{part}_{order}" for order in _ORDERS for part in ("", "_seconds")} | {
    "datetime",
    "datetime_seconds",
}
_NUMBERS = frozenset(
    ["integer", "int", "number", "float", "number_comma_decimal"]
    + [f"number_{places}dp" for places in (1, 2, 3, 4)]
    + [f"number_{places}dp_comma_decimal" for places in (1, 2, 3, 4)]
)
_TEXTS = frozenset(
    {
        "time",
        "time_hh_mm_ss",
        "time_mm_ss",
        "email",
        "phone",
        "phone_australia",
        "phone_uk",
        "zipcode",
        "ssn",
        "mrn_10d",
        "mrn_generic",
        "vmrn",
        "alpha_only",
        "alpha_numeric",
        "postalcode_australia",
        "postalcode_canada",
        "postalcode_french",
        "postalcode_germany",
        "postalcode_uk",
    }
)
#: What the column Text Validation Type may say of a text field.
VALIDATIONS: Final = frozenset(_DATES) | _DATETIMES | _NUMBERS | _TEXTS
#: What it may say of other types.
_SHOWN = {"slider": {"number"}, "dropdown": {"autocomplete"}, "sql": {"autocomplete"}}
_SHOWN["radio"] = {"autocomplete"}
_SHOWN["file"] = {"signature"}

_ALIGNMENTS = frozenset({"", "LV", "LH", "RV", "RH"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[A-Za-z0-9._-]+")
_LIMIT_NOW = re.compile(r"(?:today|now)|\[.*\]", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{2}(?::\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a field: the code that is stored and the label that is shown."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A row of a data dictionary.

    Attributes
    ----------
    name, form, section, type, label
        as in REDCap; ``type`` is one of `TYPES`.
    choices
        of radio, dropdown and checkbox; of yesno and truefalse 1 and 0.
    calculation
        of calc: the expression; of sql: the statement; of slider: its labels as written.
    note, validation, minimum, maximum, identifier, branching, required
        as in REDCap.
    alignment, question_number, matrix_group, matrix_ranking, annotation
        as in REDCap.
    """

    name: str
    form: str
    section: str = ""
    type: str = "text"
    label: str = ""
    choices: tuple[Choice, ...] = ()
    calculation: str = ""
    note: str = ""
    validation: str = ""
    minimum: str = ""
    maximum: str = ""
    identifier: bool = False
    branching: str = ""
    required: bool = False
    alignment: str = ""
    question_number: str = ""
    matrix_group: str = ""
    matrix_ranking: bool = False
    annotation: str = ""

    @property
    def kind(self) -> FieldKind:
        """What its entries are; ``none`` of what holds no entry to analyse."""
        if self.type in {"descriptive", "file"}:
            return "none"
        if self.type == "checkbox":
            return "checkbox"
        if self.type in {"calc", "slider"}:
            return "number"
        return self._text_kind() if self.type == "text" else "code"

    def _text_kind(self) -> FieldKind:
        if self.validation in _DATES:
            return "date"
        if self.validation in _DATETIMES:
            return "datetime"
        return "number" if self.validation in _NUMBERS else "code"

    @property
    def date_order(self) -> Literal["ymd", "mdy", "dmy"]:
        """The order in which a form shows a date; REDCap stores and exports Y-M-D whatever it is.

        Examples
        --------
        >>> Field("seen", "visit", validation="date_dmy").date_order
        'dmy'
        """
        last = self.validation.rpartition("_")[2]
        return "mdy" if last == "mdy" else "dmy" if last == "dmy" else "ymd"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its choices."""
        return tuple(choice.code for choice in self.choices)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold it in an export: its name, or one a checkbox option; or none."""
        if self.kind == "none":
            return ()
        if self.kind != "checkbox":
            return (self.name,)
        return tuple(checkbox_column(self.name, code) for code in self.codes)

    def label_of(self, code: str) -> str:
        """Give the label of a code, or the code itself where it has none."""
        return next((choice.label for choice in self.choices if choice.code == code), code)


def checkbox_column(field: str, code: str) -> str:
    """Name the export column of a checkbox option, as REDCap does: lower case, "_" for signs.

    Examples
    --------
    >>> checkbox_column("sites", "2")
    'sites___2'
    >>> checkbox_column("sites", "-9")
    'sites____9'
    """
    return f"{field}___{re.sub(r'[^a-z0-9_]', '_', code.lower())}"


def choices_of(text: str) -> tuple[Choice, ...]:
    """Read ``1, Female | 2, Male``; a label may hold commas, a new line separates as ``|`` does.

    Raises
    ------
    ValueError
        a part has no code; the message says which part and why.

    Examples
    --------
    >>> choices_of("1, Female | 2, Male")[1]
    Choice(code='2', label='Male')
    """
    return tuple(_choice(part.strip()) for part in re.split(r"[|\n]", text) if part.strip())


def _choice(part: str) -> Choice:
    code, comma, label = part.partition(",")
    if not comma:
        raise ValueError(f"the choice {part!r} is not 'code, label'")
    if not _CODE.fullmatch(code.strip()):
        raise ValueError(
            f"the code {code.strip()!r} of the choice {part!r} is not letters, digits, '.', '-'"
            " and '_'"
        )
    return Choice(code.strip(), label.strip())


def choices_text(choices: tuple[Choice, ...]) -> str:
    """Spell choices as REDCap does.

    Examples
    --------
    >>> choices_text((Choice("1", "Female"), Choice("2", "Male")))
    '1, Female | 2, Male'
    """
    return " | ".join(f"{choice.code}, {choice.label}" for choice in choices)


def field_problems(field: Field, validations: frozenset[str] = VALIDATIONS) -> Iterator[str]:
    """Say what is wrong with a field by itself, one sentence a mistake, without the full stop."""
    yield from _name_problems(field)
    if field.type not in TYPES:
        guess = nearest(field.type, TYPES)
        yield f"the field type {field.type!r} is none of {', '.join(TYPES)}.{guess}"
        return
    yield from _choice_problems(field)
    yield from _validation_problems(field, validations)
    if field.type == "calc" and not field.calculation.strip():
        yield "a calculated field has no calculation"
    if field.alignment not in _ALIGNMENTS:
        yield f"the alignment {field.alignment!r} is none of LV, LH, RV, RH and blank"


def _name_problems(field: Field) -> Iterator[str]:
    for what, name in (("variable", field.name), ("form", field.form)):
        if not name:
            yield f"the {what} name is blank"
        elif not _NAME.fullmatch(name):
            yield (
                f"the {what} name {name!r} is not a lower-case letter followed by lower-case"
                " letters, digits and '_'"
            )


def _choice_problems(field: Field) -> Iterator[str]:
    if field.type in _LISTED and not field.choices:
        yield f"a field of type {field.type} has no choices; write '1, label | 2, label'"
    seen: set[str] = set()
    for code in field.codes:
        if code in seen:
            yield f"the choice code {code!r} stands twice"
        seen.add(code)


def _validation_problems(field: Field, validations: frozenset[str]) -> Iterator[str]:
    known = validations if field.type == "text" else _SHOWN.get(field.type, set())
    if field.validation and field.validation not in known:
        if field.type == "text":
            yield (
                f"the validation {field.validation!r} is not known."
                f"{nearest(field.validation, known)} A validation of your own server goes to"
                " validations = [...] under [forms]"
            )
        else:
            yield f"a field of type {field.type} has the validation {field.validation!r}"
    for what, limit in (("minimum", field.minimum), ("maximum", field.maximum)):
        if limit and not _LIMIT_NOW.fullmatch(limit) and not _limit_readable(field, limit):
            yield f"the {what} {limit!r} is not a {_LIMIT_WORDS[field.kind]}"


_LIMIT_WORDS = {
    "number": "number",
    "date": "date year-month-day",
    "datetime": "date and time year-month-day hour:minute",
    "code": "limit",
    "checkbox": "limit",
    "none": "limit",
}


def _limit_readable(field: Field, limit: str) -> bool:
    if field.kind == "number":
        try:
            float(limit.replace(",", "."))
        except ValueError:
            return False
        return True
    if field.kind in {"date", "datetime"}:
        return _DAY.fullmatch(limit) is not None
    return True
