"""The entries of one column: each distinct text is read once, as its field asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from atrisk.study.forms.cells_codes import OPTION, Answers, option_place
from atrisk.study.forms.cells_dates import DateNotation, day_of, second_of
from atrisk.study.forms.cells_numbers import Unreadable, number_of
from atrisk.study.forms.fields import Choice
from atrisk.study.forms.mapping import folded
from atrisk.study.forms.tables import BLANK, CODED, PRESENT, UNREADABLE, Column, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.fields import Field
    from atrisk.study.forms.tables import Written

__all__ = ["Notation", "Reading", "Spec", "column_of", "columns_of", "missing_places", "read_texts"]

#: What REDCap keeps of a form as a whole.
_COMPLETE: Final = (Choice("0", "Incomplete"), Choice("1", "Unverified"), Choice("2", "Complete"))
Reads = Literal["number", "date", "datetime", "choice", "option", "text"]
_KINDS: Final[dict[Reads, Kind]] = {
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "choice": "code",
    "option": "code",
    "text": "code",
}
_WHOLE: Final = frozenset({"integer", "int"})


@dataclass(frozen=True, slots=True)
class Spec:
    """What a column of a form's table holds.

    Attributes
    ----------
    name
        the column.
    field
        the field of the dictionary, ``<form>_complete`` for what REDCap keeps of the form.
    reads
        how its entries are read.
    answers, levels
        of a choice: how it is named, and its codes.
    whole
        a number must be a whole one.
    comma
        REDCap keeps the number with a decimal comma, whatever the file has elsewhere.
    """

    name: str
    field: str
    reads: Reads
    answers: Answers | None = None
    levels: tuple[str, ...] = ()
    whole: bool = False
    comma: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of its `Column`."""
        return _KINDS[self.reads]


@dataclass(frozen=True, slots=True)
class Notation:
    """How one file writes.

    Attributes
    ----------
    decimal
        the mark before decimals.
    dates
        how dates are written.
    missing
        folded text -> `BLANK` or `CODED` + missing code: what the centre's mapping declares.
    missing_codes, missing_labels
        folded text -> `CODED` + missing code: the dictionary's.
    codes
        field, or option of a checkbox field -> the centre's value -> code.
    units
        field -> factor.
    midnight
        the file has typed dates, in which midnight has no time of day.
    """

    decimal: str = "."
    dates: DateNotation = field(default_factory=DateNotation)
    missing: Mapping[str, int] = field(default_factory=dict)
    missing_codes: Mapping[str, int] = field(default_factory=dict)
    missing_labels: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)
    midnight: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What distinct texts are: arrays of shape (d,), and why some are nothing.

    Attributes
    ----------
    values, missing, precision, levels
        as of a `Column`.
    reasons
        place of a text that cannot be read -> why.
    """

    values: NDArray[Any]
    missing: NDArray[np.int8]
    precision: NDArray[np.int8] | None
    levels: tuple[str, ...]
    reasons: Mapping[int, str]


def columns_of(dictionary: Dictionary, form: str) -> dict[str, Spec]:
    """Say what the columns of a form's table hold, ``<form>_complete`` the last."""
    found: dict[str, Spec] = {}
    for item in dictionary.of(form):
        if item.name != dictionary.record_id:
            found.update((name, _spec(name, item)) for name in item.columns)
    complete = f"{form}_complete"
    levels = tuple(choice.code for choice in _COMPLETE)
    found[complete] = Spec(complete, complete, "choice", Answers(_COMPLETE), levels)
    return found


def _spec(name: str, item: Field) -> Spec:
    if item.kind == "checkbox":
        return Spec(name, item.name, "option", levels=OPTION)
    if item.kind == "code":
        if not item.choices:
            return Spec(name, item.name, "text")
        return Spec(name, item.name, "choice", Answers(item.choices), item.codes)
    if item.kind == "none":
        raise RuntimeError(f"the field {name!r} holds no entry")
    comma = item.validation.endswith("comma_decimal")
    return Spec(name, item.name, item.kind, whole=item.validation in _WHOLE, comma=comma)


def read_texts(spec: Spec, texts: Sequence[str], notation: Notation) -> Reading:
    """Read the distinct texts of a column.

    Parameters
    ----------
    spec
        what the column holds.
    texts
        trimmed, each once.
    notation
        how the file writes.
    """
    size = len(texts)
    missing = np.zeros(size, dtype=np.int8)
    reasons: dict[int, str] = {}
    parsed: list[Any] = [None] * size
    shared = notation.codes.get("*", {}) if spec.reads in {"choice", "option"} else {}
    own = {} if spec.name == spec.field else notation.codes.get(spec.name, {})
    codes = {**shared, **notation.codes.get(spec.field, {}), **own}
    parse = _parser(spec, notation)
    absent = _absent(spec, notation)
    for place, text in enumerate(texts):
        known = absent(text)
        if known is not None:
            missing[place] = known
            continue
        spelled = codes.get(folded(text), text) if codes else text
        try:
            parsed[place] = parse(spelled)
        except Unreadable as error:
            coded = _coded(spelled, notation)
            missing[place] = UNREADABLE if coded is None else coded
            if coded is None:
                reasons[place] = str(error)
    return _arranged(spec, parsed, missing, reasons)


def _absent(spec: Spec, notation: Notation) -> Callable[[str], int | None]:
    """Make the function that finds entries that say there is no value."""
    first = dict(notation.missing)
    if spec.reads != "choice":  # a choice may have the code of a missing value: it is the choice
        first = {**notation.missing_codes, **first}

    def absent(text: str) -> int | None:
        if not text:
            return BLANK
        return first.get(folded(text)) if first else None

    return absent


def _coded(text: str, notation: Notation) -> int | None:
    """Find the missing code that a text names, in what is no value of the field."""
    if not text:
        return BLANK
    name = folded(text)
    found = notation.missing_codes.get(name)
    return notation.missing_labels.get(name) if found is None else found


def _parser(spec: Spec, notation: Notation) -> Callable[[str], Any]:
    dates = notation.dates
    match spec.reads:
        case "date":
            return lambda text: day_of(text, dates)
        case "datetime":
            return lambda text: second_of(text, dates, midnight=notation.midnight)
        case "choice" if spec.answers is not None:
            return spec.answers.place
        case "option":
            return option_place
        case "text":
            return lambda text: text
    return _number_parser(spec, notation)


def _number_parser(spec: Spec, notation: Notation) -> Callable[[str], float]:
    decimal, factor = notation.decimal, notation.units.get(spec.field)

    def number(text: str) -> float:
        value = _with_comma(text, decimal) if spec.comma else number_of(text, decimal)
        if factor is not None:
            value *= factor
        if spec.whole and not value.is_integer():
            raise Unreadable("a whole number is expected")
        return value

    return number


def _with_comma(text: str, decimal: str) -> float:
    """Read a number with a decimal comma, or else as the file writes numbers."""
    try:
        return number_of(text, ",")
    except Unreadable:
        return number_of(text, decimal)


def _arranged(
    spec: Spec, parsed: list[Any], missing: NDArray[np.int8], reasons: dict[int, str]
) -> Reading:
    """Put what was read of each text into arrays, with the value of a missing one."""
    present = [place for place, value in enumerate(missing.tolist()) if value == PRESENT]
    found = [parsed[place] for place in present]
    if spec.reads == "date":
        values = np.full(len(parsed), "NaT", dtype="datetime64[D]")
        values[present] = np.array([day for day, _ in found], dtype="datetime64[D]")
        precision = np.zeros(len(parsed), dtype=np.int8)
        precision[present] = [how for _, how in found]
        return Reading(values, missing, precision if precision.any() else None, (), reasons)
    if spec.reads == "datetime":
        values = np.full(len(parsed), "NaT", dtype="datetime64[s]")
        values[present] = np.array(found, dtype="datetime64[s]")
        return Reading(values, missing, None, (), reasons)
    if spec.reads == "number":
        values = np.full(len(parsed), np.nan)
        values[present] = found
        return Reading(values, missing, None, (), reasons)
    levels = spec.levels
    places = found
    if spec.reads == "text":
        known = {text: place for place, text in enumerate(dict.fromkeys(found))}
        levels, places = tuple(known), [known[text] for text in found]
    values = np.full(len(parsed), -1, dtype=np.int32)
    values[present] = places
    return Reading(values, missing, None, levels, reasons)


def column_of(spec: Spec, written: Written, reading: Reading) -> Column:
    """Lay what distinct texts are over the rows that hold them."""
    codes = written.codes
    return Column(
        name=spec.name,
        kind=spec.kind,
        values=reading.values[codes],
        missing=reading.missing[codes],
        levels=reading.levels,
        written=written,
        precision=None if reading.precision is None else reading.precision[codes],
    )


def missing_places(dictionary: Dictionary) -> tuple[dict[str, int], dict[str, int]]:
    """Give the codes and the labels of the dictionary's missing values, folded."""
    codes = {
        folded(item.code): CODED + place for place, item in enumerate(dictionary.missing_codes)
    }
    labels = {
        folded(item.label): CODED + place
        for place, item in enumerate(dictionary.missing_codes)
        if item.label
    }
    return codes, labels
