"""Checks of single entries that the dictionary asks for: limits, required, hidden, calculated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.checks.findings import Finding, by_centre, named
from atrisk.study.checks.partial import day_bounds
from atrisk.study.checks.shown import asked_fields, entry_state, entry_text
from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.tables import BLANK, PRESENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from atrisk.study.forms.evaluate import Evaluation
    from atrisk.study.forms.fields import Field
    from atrisk.study.forms.queries import Severity
    from atrisk.study.forms.tables import Column, FormTable, Records

__all__ = [
    "Limits",
    "Outcome",
    "check_calculated",
    "check_hidden",
    "check_limits",
    "check_required",
]

_ENDS = ("minimum", "maximum")
_NOW = frozenset({"today", "now"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finding, and how often the check was made.

    Attributes
    ----------
    finding
        the rows that fail.
    tested
        shape (C,): for each centre, the rows for which the check could be told.
    """

    finding: Finding
    tested: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a field, and what the entries are: ``lowest`` and ``highest`` as written."""

    form: str
    field: str
    label: str
    minimum: str
    maximum: str
    tested: int
    below: int
    above: int
    lowest: str
    highest: str


def check_limits(evaluation: Evaluation, severity: Severity) -> Iterator[tuple[Outcome, Limits]]:
    """Hold every entry against its field's minimum and maximum; a partial date at its best."""
    records = evaluation.records
    for form, table in records.tables.items():
        for field in asked_fields(records, form):
            if field.kind in {"number", "date", "datetime"} and (field.minimum or field.maximum):
                yield _limits(evaluation, table, field, severity)


def _limits(
    evaluation: Evaluation, table: FormTable, field: Field, severity: Severity
) -> tuple[Outcome, Limits]:
    column = table.columns[field.name]
    low, high = (_limit(evaluation, field, end) for end in _ENDS)
    first, last = day_bounds(column) if column.kind == "date" else (column.values, column.values)
    with np.errstate(invalid="ignore"):
        below = column.present & (last < low) if low is not None else np.zeros(table.rows, bool)
        above = column.present & (first > high) if high is not None else np.zeros(table.rows, bool)
    words = _limit_words(field)
    finding = Finding(
        "range",
        severity,
        table.form,
        np.flatnonzero(below | above),
        (field.name,),
        column.text,
        lambda _: (
            f"{_named(field)} is outside the limits ({words}). Correct the value or its unit;"
            " if it is right, confirm it."
        ),
    )
    lowest, highest = _extremes(column)
    counts = (int(column.present.sum()), int(below.sum()), int(above.sum()))
    return (
        Outcome(finding, by_centre(evaluation.records, table, column.present)),
        Limits(
            table.form,
            field.name,
            field.label,
            field.minimum,
            field.maximum,
            *counts,
            lowest,
            highest,
        ),
    )


def _limit(evaluation: Evaluation, field: Field, end: str) -> Any | None:  # noqa: ANN401 - a number, a date, or an array of either
    text = getattr(field, end).strip()
    if not text:
        return None
    if text.lower() in _NOW:
        return None if evaluation.cut_off is None else np.datetime64(evaluation.cut_off, "D")
    if "[" in text:
        return evaluation.compute(parse_expression(text), field.form).values
    if field.kind == "number":
        return float(text.replace(",", "."))
    return np.datetime64("-".join(part.zfill(2) for part in text[:10].split("-")))


def _limit_words(field: Field) -> str:
    if field.minimum and field.maximum:
        return f"{field.minimum} to {field.maximum}"
    return f"at least {field.minimum}" if field.minimum else f"at most {field.maximum}"


def _named(field: Field) -> str:
    """Name a field as the form does."""
    return f"{field.label.strip().rstrip('?:.') or field.name!r}"


def _extremes(column: Column) -> tuple[str, str]:
    rows = np.flatnonzero(column.present)
    if len(rows) == 0:
        return "", ""
    values = column.values[rows]
    return column.text(int(rows[values.argmin()])), column.text(int(rows[values.argmax()]))


def check_required(
    records: Records, severity: Severity, shown: Mapping[str, NDArray[np.bool_]]
) -> Iterator[Outcome]:
    """Ask for required entries that are blank where their field is shown."""
    for form, table in records.tables.items():
        for field in asked_fields(records, form):
            if not field.required:
                continue
            asked = shown.get(field.name, np.ones(table.rows, dtype=bool))
            blank = asked & (entry_state(table, field) == BLANK)
            yield Outcome(
                _finding(
                    "required", severity, table, field, blank, _required_words(records, field)
                ),
                by_centre(records, table, asked),
            )


def _required_words(records: Records, field: Field) -> str:
    codes = [f"{code.code} ({code.label})" for code in records.dictionary.missing_codes]
    instead = f", or {' / '.join(codes)}" if codes else ""
    return f"{_named(field)} is required and blank. Enter it{instead}."


def check_hidden(
    records: Records, severity: Severity, shown: Mapping[str, NDArray[np.bool_]]
) -> Iterator[Outcome]:
    """Ask for entries in fields that branching logic hides."""
    for form, table in records.tables.items():
        for field in asked_fields(records, form):
            if field.name not in shown or field.type == "calc":
                continue
            entered = entry_state(table, field) == PRESENT
            words = (
                f"{_named(field)} has an entry, but applies only if {field.branching.strip()}."
                " Clear it, or correct the field that it depends on."
            )
            hidden = entered & ~shown[field.name]
            yield Outcome(
                _finding("branching", severity, table, field, hidden, words),
                by_centre(records, table, entered),
            )


def check_calculated(evaluation: Evaluation, severity: Severity) -> Iterator[Outcome]:
    """Compare calculated fields with what the other fields give, to the decimals written."""
    for form, table in evaluation.records.tables.items():
        for field in asked_fields(evaluation.records, form):
            if field.type == "calc":
                yield _calculated(evaluation, table, field, severity)


def _calculated(
    evaluation: Evaluation, table: FormTable, field: Field, severity: Severity
) -> Outcome:
    column = table.columns[field.name]
    with named(f"the calculation of {field.name!r}"):
        found = evaluation.compute(parse_expression(field.calculation), table.form)
    with np.errstate(invalid="ignore"):
        apart = np.abs(column.values - found.values) > _rounding(column)
    differs = column.present & (~found.present | apart)
    finding = Finding(
        "calculated",
        severity,
        table.form,
        np.flatnonzero(differs),
        (field.name,),
        column.text,
        lambda row: (
            f"{_named(field)} should be {found.text(row)} by its calculation. Correct it, or the"
            " fields that it is made of."
            if found.present[row]
            else f"{_named(field)} has a value, but the fields that it is made of do not give one."
            " Fill them, or clear it."
        ),
    )
    return Outcome(finding, by_centre(evaluation.records, table, column.present))


def _rounding(column: Column) -> NDArray[np.float64]:
    """Give the half of each value's last decimal as written, and a little: shape (n,)."""
    slack: NDArray[np.float64] = 1e-9 * np.maximum(1.0, np.abs(column.values))
    if column.written is None:
        return slack
    places = [_decimals(text) for text in column.written.texts]
    halves = np.array([0.5 * 10.0**-count for count in places] or [0.0])
    return halves[column.written.codes] + slack


def _decimals(text: str) -> int:
    """Count the decimals of a number as written; the last mark is that before them.

    Examples
    --------
    >>> _decimals("1.234,5"), _decimals("70")
    (1, 0)
    """
    return len(text.replace(",", ".").rpartition(".")[2]) if {".", ","} & set(text) else 0


def _finding(
    rule: str,
    severity: Severity,
    table: FormTable,
    field: Field,
    failed: NDArray[np.bool_],
    words: str,
) -> Finding:
    return Finding(
        rule,
        severity,
        table.form,
        np.flatnonzero(failed),
        (field.name,),
        lambda row: entry_text(table, field, row),
        lambda _: words,
    )
