"""How each number of the results is printed: one text a key, wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.values import Node, Values

if TYPE_CHECKING:
    from atrisk.report.description import Report

__all__ = ["conflicts", "printed_text", "with_printed"]

_COUNTS = frozenset({"patients", "events", "rows", "entries", "files", "queries", "doses"})
_PERCENT, _PROPORTION, _PROBABILITY = "percent", "proportion", "probability"
_PLACES = 2
_TIMES = frozenset({"days", "weeks", "months", "years"})


def with_printed(document: Node, report: Report) -> Node:
    """Give every value of a document the text it is printed as, in the report or by its unit."""
    values = Values(document["values"])
    # an interval that is none has a value and is printed in words
    shown = {
        number.key: number.text
        for number in report.numbers()
        if number.missing is None or values.entry(number.key)["value"] is not None
    }
    entries = {
        key: {**entry, "printed": shown.get(key) or printed_text(values, key)}
        for key, entry in document["values"].items()
    }
    return {**document, "values": entries}


def conflicts(report: Report) -> dict[str, set[str]]:
    """Find the keys that a report prints in more than one way; there should be none."""
    found: dict[str, set[str]] = {}
    for number in report.numbers():
        if number.missing is None:
            found.setdefault(number.key, set()).add(number.text)
    return {key: texts for key, texts in found.items() if len(texts) > 1}


def printed_text(values: Values, key: str) -> str | None:
    """Write a number that stands nowhere in the report, by its unit; None where there is none."""
    entry = values.entry(key)
    if entry["value"] is None:
        return None
    unit = values.shown_unit(key)
    if unit in _COUNTS or isinstance(entry["value"], int):
        return values.count(key).text
    if unit in _TIMES:
        return values.time(key, unit).text
    return _by_unit(values, key, str(unit))


def _by_unit(values: Values, key: str, unit: str) -> str:
    if unit == _PERCENT:
        return values.percent(key).text
    if unit == _PROPORTION:
        return values.proportion(key).text
    if unit == _PROBABILITY:
        return values.p_value(key).text
    if unit.endswith("ratio") and not unit.startswith("log"):
        return values.ratio(key).text
    value = float(values.entry(key).get("display", values.entry(key))["value"])
    return form.fixed(value, max(_PLACES, min(form.places_for_digits(value, 3), 6)))
