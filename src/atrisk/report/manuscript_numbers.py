"""A number of a manuscript as it is composed with its interval, unit, percentage or P value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name
from atrisk.report.language import word
from atrisk.report.manuscript_names import Names, UnknownNameError
from atrisk.report.values import NO_INTERVAL, NOT_REACHED, Node, Number, Phrase, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["FILTERS", "composed"]

#: What may stand behind a bar. The first two give another number; the others add to it, and ``p``
#: behind ``ci`` adds to the interval.
FILTERS = ("n", "p", "unit", "percent", "ci", "range", "iqr")
_ALONE = frozenset({"n", "percent"})
_PERCENT = frozenset({"percent", "proportion", "%"})
_POWER = "10"
_BARE = frozenset({"probability", "index", "z", "chi-squared", "degrees of freedom"})


def composed(name: str, filters: Sequence[str], names: Names, document: Node) -> Phrase:
    """Write the number that a name means, with what its filters ask for.

    Raises
    ------
    UnknownNameError
        If a number or a filter does not exist.
    """
    _check(filters)
    if "n" in filters:
        return phrase(_number(names.above(name, "n"), document))
    if tuple(filters) == ("p",):
        return _p(name, names, document)
    key = names.key(name)
    said = phrase(_number(key, document))
    if "unit" in filters:
        said = _with_unit(said, key, document)
    for option in filters:
        if option in _BESIDE:
            more = _p(name, names, document) if "p" in filters else Phrase()
            said = _BESIDE[option](said, more, name, (names, document))
    return said


def _check(filters: Sequence[str]) -> None:
    for option in filters:
        if option not in FILTERS:
            raise UnknownNameError(f"there is no filter {option!r}; there are {', '.join(FILTERS)}")
    beside = [option for option in filters if option in _BESIDE]
    wrong = (
        len(set(filters)) < len(filters)
        or len(beside) > 1
        or (len(filters) > 1 and _ALONE & set(filters))
        or ("p" in filters and len(filters) > 1 and "ci" not in filters)
    )
    if wrong:
        raise UnknownNameError(f"the filters {' and '.join(filters)} do not go together")


def _number(key: str, document: Node) -> Number:
    """Give a number as the report prints it; one that is missing is said in words, or its mark."""
    entry = document["values"][key]
    if entry.get("printed") is not None:
        return Number(key, entry["printed"])
    reason = str(entry.get("missing") or word("it has no value"))
    if Number(key, "", missing=reason).not_reached:
        return Number(key, word(NOT_REACHED), missing=reason)
    if entry.get("mark") is not None:
        return Number(key, entry["mark"], missing=reason)
    said = word("not estimated ({reason})", reason=reason.rstrip("."))
    return Number(key, said, missing=reason)


def _p(name: str, names: Names, document: Node) -> Phrase:
    p = _number(names.part(name, "p_value"), document)
    if p.text[0] in "<>" or p.missing is not None:
        return say("P\N{NO-BREAK SPACE}{p}", p=p)
    return say("P\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{p}", p=p)


def _with_unit(said: Phrase, key: str, document: Node) -> Phrase:
    entry = document["values"][key]
    unit = str(entry.get("display", entry)["unit"])
    if unit in _PERCENT:
        return said if _missing(said) else say("{number}%", number=said)
    if unit in _BARE or unit.endswith("ratio"):
        raise UnknownNameError(f"a number of the kind {unit!r} is printed without a unit")
    if _missing(said):
        return said
    times = f"{form.NO_BREAK}\N{MULTIPLICATION SIGN}" if unit.startswith(_POWER) else ""
    return phrase(said, times, form.NO_BREAK, word(unit))


def _missing(said: Phrase) -> bool:
    return any(number.missing is not None for number in said.numbers())


_Found = tuple[Names, Node]


def _interval(said: Phrase, more: Phrase, name: str, found: _Found) -> Phrase:
    names, document = found
    lower, upper = (_number(names.part(name, part), document) for part in ("lower", "upper"))
    error = f"{lower.key.rpartition('.')[0]}.std_error"
    if any(number.missing and not number.not_reached for number in said.numbers()):
        return said
    behind = phrase("; ", more) if more.pieces else more
    if document["values"].get(error, {}).get("value") == 0:
        return phrase(said, " (", Number(lower.key, word(NO_INTERVAL)), behind, ")")
    if lower.missing and upper.missing:
        return phrase(said, " (", more, ")") if more.pieces else said
    if lower.missing:
        lower = Number(lower.key, form.EN_DASH, missing=lower.missing)
    if upper.missing and not upper.not_reached:
        upper = Number(upper.key, form.EN_DASH, missing=upper.missing)
    level = interval_name({"conf_level": _level(lower.key, document)})
    return phrase(said, f" ({level} ", *_ends(lower, upper), behind, ")")


def _ends(lower: Number, upper: Number) -> tuple[Number | str, ...]:
    missing = lower.missing or upper.missing
    dash = word(" to ") if missing else form.range_dash(lower.text, upper.text)
    return lower, dash, upper


def _level(key: str, document: Node) -> float:
    """Find the level of the interval: that of the analysis, or of the model of the key."""
    first, *parts = key.split(".")
    analysis = next(node for node in document["analyses"] if node["id"] == first)
    models = (model for model in analysis.get("models") or () if model["id"] in parts)
    levels = (node.get("conf_level") for node in (*models, analysis))
    found = next((level for level in levels if level is not None), None)
    if found is None:
        raise UnknownNameError("the results do not say the level of its interval")
    return float(found)


def _range(said: Phrase, _: Phrase, name: str, found: _Found) -> Phrase:
    low, high = (_of(name, part, found) for part in ("min", "max"))
    if _missing(phrase(said, low, high)):
        return said
    return say("{number} (range {ends})", number=said, ends=phrase(*_ends(low, high)))


def _quartiles(said: Phrase, _: Phrase, name: str, found: _Found) -> Phrase:
    low, high = (_of(name, part, found) for part in ("q1", "q3"))
    if _missing(phrase(said, low, high)):
        return said
    return say("{number} (IQR {ends})", number=said, ends=phrase(*_ends(low, high)))


def _percentage(said: Phrase, _: Phrase, name: str, found: _Found) -> Phrase:
    percent = _of(name, _share(name, *found), found)
    if _missing(phrase(said, percent)):
        return said
    return say("{number} ({percent}%)", number=said, percent=percent)


def _share(name: str, names: Names, document: Node) -> str:
    """Name the part that is a count's percentage: of a proportion, its estimate."""
    estimate = f"{names.key(name).rpartition('.')[0]}.estimate"
    unit = document["values"].get(estimate, {}).get("unit")
    return "estimate" if unit in _PERCENT else "percent"


def _of(name: str, part: str, found: _Found) -> Number:
    names, document = found
    return _number(names.part(name, part), document)


_BESIDE: dict[str, Callable[[Phrase, Phrase, str, _Found], Phrase]] = {
    "ci": _interval,
    "range": _range,
    "iqr": _quartiles,
    "percent": _percentage,
}
