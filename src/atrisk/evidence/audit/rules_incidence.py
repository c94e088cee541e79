"""Cumulative incidences: competing events and those free of them make up the whole."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Verdict
from atrisk.evidence.audit.curve_points import Point, endpoint_class, points, time_span
from atrisk.evidence.audit.printed_floats import Reach, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]


def incidences_and_survival(book: Book) -> Iterator[Check]:
    """Ask of relapse, death without it and survival free of both that they sum up to 1."""
    together: dict[tuple[object, ...], dict[str, Point]] = defaultdict(dict)
    for point in points(book):
        kind = endpoint_class(point.curve.endpoint)
        if kind in _PARTS and point.survival == (kind == "event-free"):
            time = time_span(Reach(point.time, point.time), point.statement.time_unit, "months")
            key = (*point.curve[:3], round((time.low + time.high) / 2.0, 1))
            together[key].setdefault(kind, point)
    for found in together.values():
        if len(found) > 1:
            yield _sum([found[kind] for kind in _PARTS if kind in found])


_PARTS = ("relapse", "death", "event-free")


def _sum(parts: list[Point]) -> Check:
    low, high = sum(p.value.low for p in parts), sum(p.value.high for p in parts)
    numbers = tuple(point.at for point in parts)
    words = "; ".join(point.words for point in parts)
    words = f"{words}: together {written(100.0 * low, 1)} to {written(100.0 * high, 1)} %"
    complete = len(parts) == len(_PARTS)
    if low <= 1.0 + 1e-9 and (not complete or high >= 1.0 - 1e-9):
        method = "relapse + death + event-free = 1" if complete else "sum of at most 1"
        return Check(
            _SUM, Verdict.CONSISTENT, numbers, (), f"{words}.", method=method, bound=not complete
        )
    end = "which is not 100 %" if complete else "more than 100 %"
    return Check(
        _SUM,
        Verdict.INCONSISTENT,
        numbers,
        (),
        f"{words}, {end}.",
        resolve="Are these of the same patients from the same start, with the other as a competing"
        " event?",
    )


_SUM = "competing incidences and event-free survival"
RULES: dict[str, Rule] = {_SUM: incidences_and_survival}
