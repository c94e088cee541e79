"""Numbers at risk: their start, their fall, and the curves, medians and follow-up above them.

S(t) >= n(t) / N: a factor 1 - d / n of the product is (n - d) / n, at least what the next number
at risk is of this one, since censoring only lowers the numbers. For the same reason S(u) / S(t)
>= n(u) / n(t) for t < u.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.curve_points import (
    Point,
    Row,
    curve_of,
    endpoint_class,
    median_span,
    points,
    rows,
    same_time,
    size_of,
    ties_at,
)
from atrisk.evidence.audit.printed_floats import Reach, written
from atrisk.evidence.paper import MedianTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]

_SLACK = 1  # patients with an event, or out of sight, on the very day of the number at risk


def never_rises(book: Book) -> Iterator[Check]:
    """Ask of a number at risk that it is no more than the one before it."""
    for row in rows(book):
        if not row.statement.first:
            continue
        rises = [i for i, (before, after) in enumerate(pairwise(row.n)) if after > before]
        for i in rises:
            yield Check(
                _FALLS,
                Verdict.IMPOSSIBLE,
                (row.at(i), row.at(i + 1)),
                (),
                f"{row.n[i]} are at risk and later {row.n[i + 1]}: nobody comes to be at risk"
                " again.",
            )
        if not rises and len(row.n) > 1:
            at = tuple(row.at(i) for i in range(len(row.n)))
            words = f"{' '.join(map(str, row.n))} never rises."
            yield Check(_FALLS, Verdict.CONSISTENT, at, (), words, method="order", bound=True)


def starts_with_all(book: Book) -> Iterator[Check]:
    """Ask of the first number at risk that it is all who are analysed, and no more."""
    for row in rows(book):
        size = size_of(book, row.curve.of)
        if size is None or not row.statement.first:
            continue
        if row.times is not None and row.times[0] > 0.0:
            if row.n[0] > size[1]:
                yield _start(row, size, Verdict.IMPOSSIBLE, "more are at risk than analysed")
            continue
        if row.n[0] == size[1]:
            yield _start(row, size, Verdict.CONSISTENT, "all are at risk")
        elif row.n[0] > size[1]:
            yield _start(row, size, Verdict.IMPOSSIBLE, "more are at risk than there are")
        else:
            yield _start(row, size, Verdict.UNCHECKED, "some are not at risk")


def _start(row: Row, size: tuple[str, int], verdict: Verdict, words: str) -> Check:
    same = ""
    if verdict is Verdict.IMPOSSIBLE:
        same = " Is it the row of another curve?"
    consistent = verdict is Verdict.CONSISTENT
    return Check(
        _START,
        verdict,
        (row.at(0),),
        (size[0],) if verdict is not Verdict.UNCHECKED else (),
        f"{row.curve.endpoint}: {row.n[0]} at the start, {size[1]} in the set: {words}.{same}",
        method="the size of the set" if consistent else "",
        missing=f"why {size[1] - row.n[0]} of the set are not at risk at the start"
        if verdict is Verdict.UNCHECKED
        else "",
        resolve="Of which patients is this row?" if verdict is Verdict.IMPOSSIBLE else "",
    )


def curve_above_its_row(book: Book) -> Iterator[Check]:
    """Ask of a survival that it is at least the share of patients still at risk."""
    at_risk = [row for row in rows(book) if row.statement.plot is None]
    for point in points(book):
        for row in at_risk:
            place = same_time(point, row)
            if row.curve != point.curve or place is None:
                continue
            yield _above(book, point, row, place)


def _above(book: Book, point: Point, row: Row, place: int) -> Check:
    size = size_of(book, row.curve.of)
    start = row.n[0] if row.times and row.times[0] == 0.0 else 0
    whole = max(size[1] if size else 0, start, 1)
    survival = (
        point.value if point.survival else Reach(1.0 - point.value.high, 1.0 - point.value.low)
    )
    against = (row.at(place), *((size[0],) if size else ()))
    exact = row.n[place] / whole
    words = f"{point.words}; {row.n[place]} of {whole} at risk then, {written(100.0 * exact, 1)} %"
    if row.n[place] == 0 and point.survival and survival.low > 0.0 and point.statement.lower:
        return Check(
            _ABOVE,
            Verdict.UNCHECKED,
            (point.at, row.at(place)),
            (),
            f"{words}: a curve ends where nobody is followed, unless follow-up was cut off there.",
            (Trial("follow-up cut off at this time, counted after it", "0", meets=True),),
            missing="whether follow-up was cut off at this time",
        )
    ties = ties_at(book, row, place)
    past = row.n[place] - whole * (survival.high + 1e-9)
    if past <= ties[0]:
        return Check(
            _ABOVE,
            Verdict.CONSISTENT,
            (point.at,),
            against,
            f"{words}.",
            method="S(t) >= n(t) / N",
            bound=True,
        )
    kind = "survival is" if point.survival else "survival without the event is"
    return _below(point, row.at(place), against[1:], (past, ties), f"{words}: {kind}")


def _below(
    point: Point, at: str, size: tuple[str, ...], found: tuple[float, tuple[int, int]], words: str
) -> Check:
    """Tell a curve that is below its numbers at risk from one whose events fall on that time."""
    past, (day, most) = found
    least = math.ceil(past)
    if past > most:
        words = f"{words} at least the share still at risk."
        return Check(_ABOVE, Verdict.IMPOSSIBLE, (point.at, at), size, words)
    words = f"{words} at least the share still at risk, but for events at that very time."
    method = "counted before the events of that time, times in whole months"
    trials = (
        Trial("counted before the events of that day", f"{day}, of {least} needed", meets=False),
        Trial(method, f"up to {most}, of {least} needed", meets=True),
    )
    missing = f"whether {least} events fall on the time itself, times being in whole months"
    return Check(_ABOVE, Verdict.UNCHECKED, (point.at, at), (), words, trials, missing=missing)


def fall_between_points(book: Book) -> Iterator[Check]:
    """Ask of a survival that between two times it falls by no more than the numbers at risk."""
    at_risk = [row for row in rows(book) if row.statement.plot is None]
    found = [point for point in points(book) if point.survival]
    for row in at_risk:
        placed = sorted(
            (place, point.statement.id, point)
            for point in found
            if point.curve == row.curve and (place := same_time(point, row)) is not None
        )
        for (i, _, early), (j, _, late) in pairwise(placed):
            if i < j and row.n[i] > 0 and early.value.high > 0.0:
                yield _fall(book, row, (i, early), (j, late))


def _fall(book: Book, row: Row, early: tuple[int, Point], late: tuple[int, Point]) -> Check:
    (i, before), (j, after) = early, late
    ties = ties_at(book, row, j)
    least = max(row.n[j] - ties[0], 0) / row.n[i]
    kept = after.value.high / max(before.value.low, 1e-9)
    words = (
        f"{before.words}, {after.words}: {written(100.0 * kept, 1)} % of it are kept at the most,"
        f" while {row.n[j]} of {row.n[i]} are still at risk"
    )
    numbers = (before.at, after.at)
    against = (row.at(i), row.at(j))
    if kept >= least - 1e-9:
        return Check(
            _FALL,
            Verdict.CONSISTENT,
            numbers,
            against,
            f"{words}.",
            method="events are no more than those who leave",
            bound=True,
        )
    if kept >= (row.n[j] - ties[1]) / row.n[i] - 1e-9:
        missing = "how many events fall on the later time itself, times being in whole months"
        return Check(_FALL, Verdict.UNCHECKED, numbers, (), f"{words}.", missing=missing)
    return Check(_FALL, Verdict.IMPOSSIBLE, (*numbers, *against), (), f"{words}.")


def median_above_its_row(book: Book) -> Iterator[Check]:
    """Ask of a median that later at most half are at risk, and that someone is until then."""
    for row in rows(book):
        size = size_of(book, row.curve.of)
        if row.times is None or size is None or row.statement.plot is not None:
            continue
        for median in book.of_kind(MedianTime):
            span = median_span(book, median, "estimate", row.statement.unit)
            follow_up = "follow" in median.endpoint.lower()
            same = curve_of(median)[:3] == row.curve[:3] and (
                follow_up or curve_of(median) == row.curve
            )
            if same and span is not None:
                yield _median_check(row, median, span, size)


def _median_check(row: Row, median: MedianTime, span: Reach, size: tuple[str, int]) -> Check:
    assert row.times is not None  # noqa: S101 - asked by the caller
    at = f"{median.id}.estimate"
    words = f"median {median.endpoint} {median.estimate} {median.unit}"
    whole = max(size[1], row.n[0])
    for place, tick in enumerate(row.times):
        if tick > span.high and row.n[place] - _SLACK > whole / 2.0:
            if _of_survivors(median):
                return Check(
                    _HALF,
                    Verdict.UNCHECKED,
                    (at,),
                    (),
                    f"{words}; at {tick:g} {row.statement.unit}, {row.n[place]} of {whole} are at"
                    " risk, more than half.",
                    missing="whether it is the median of the survivors, or by reverse Kaplan-Meier",
                )
            return Check(
                _HALF,
                Verdict.IMPOSSIBLE,
                (at, row.at(place)),
                (size[0],),
                f"{words}; after it, at {tick:g} {row.statement.unit}, {row.n[place]} of"
                f" {whole} are at risk, more than half.",
            )
        if tick < span.low and row.n[place] == 0 and _goes_on(row, median):
            return Check(
                _HALF,
                Verdict.IMPOSSIBLE,
                (at, row.at(place)),
                (),
                f"{words}; at {tick:g} {row.statement.unit}, before it, nobody is at risk.",
            )
    near = max((i for i, tick in enumerate(row.times) if tick <= span.high), default=0)
    words = f"{words}; {row.n[near]} at risk at {row.times[near]:g} {row.statement.unit}."
    return Check(
        _HALF,
        Verdict.CONSISTENT,
        (at,),
        (row.at(near),),
        words,
        method="S(t) >= n(t) / N",
        bound=True,
    )


def _of_survivors(median: MedianTime) -> bool:
    """Tell whether a follow-up may be that of the survivors only, which a row does not bound."""
    named = re.search(r"reverse|schemper|censoring", median.method or "", re.IGNORECASE)
    return "follow" in median.endpoint.lower() and not named


def _goes_on(row: Row, median: MedianTime) -> bool:
    """Tell whether a row ends with the follow-up; that of another endpoint may end before."""
    return curve_of(median) == row.curve or endpoint_class(row.curve.endpoint) == "overall"


def rows_in_order(book: Book) -> Iterator[Check]:
    """Ask of an event-free endpoint that no more are at risk than of death, in the same set."""
    found = [row for row in rows(book) if row.statement.plot is None]
    for free in found:
        for overall in found:
            kinds = (endpoint_class(free.curve.endpoint), endpoint_class(overall.curve.endpoint))
            if kinds != ("event-free", "overall") or free.curve[:3] != overall.curve[:3]:
                continue
            if _same_ticks(free, overall):
                yield from _rows_check(free, overall)


def _same_ticks(first: Row, second: Row) -> bool:
    if first.times is None or second.times is None:
        return False
    return first.statement.unit == second.statement.unit and all(
        a == b for a, b in zip(first.times, second.times, strict=False)
    )


def _rows_check(free: Row, overall: Row) -> Iterator[Check]:
    above = [i for i, (f, o) in enumerate(zip(free.n, overall.n, strict=False)) if f > o]
    for i in above:
        yield Check(
            _ROWS,
            Verdict.INCONSISTENT,
            (free.at(i), overall.at(i)),
            (),
            f"{free.n[i]} at risk of {free.curve.endpoint} and {overall.n[i]} of"
            f" {overall.curve.endpoint} in the same set at the same time.",
        )
    if not above:
        at = tuple(free.at(i) for i in range(min(len(free.n), len(overall.n))))
        yield Check(
            _ROWS,
            Verdict.CONSISTENT,
            at,
            (),
            f"{free.curve.endpoint} has no more at risk than {overall.curve.endpoint}.",
            method="order",
            bound=True,
        )


_FALLS = "numbers at risk never rise"
_START = "numbers at risk start with all"
_ABOVE = "curve above its numbers at risk"
_FALL = "fall of a curve against its numbers at risk"
_HALF = "median against numbers at risk"
_ROWS = "numbers at risk of two endpoints"
RULES: dict[str, Rule] = {
    _FALLS: never_rises,
    _START: starts_with_all,
    _ABOVE: curve_above_its_row,
    _FALL: fall_between_points,
    _HALF: median_above_its_row,
    _ROWS: rows_in_order,
}
