"""Estimates of curves: the scale of their interval, order in time, medians, endpoints."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.curve_points import (
    Point,
    curve_of,
    endpoint_class,
    median_span,
    points,
    size_of,
    time_span,
)
from atrisk.evidence.audit.curve_scales import fitted_scales, interval_at
from atrisk.evidence.audit.printed_floats import Reach
from atrisk.evidence.paper import MedianTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]


def order_in_time(book: Book) -> Iterator[Check]:
    """Ask of a survival that it never rises in time, of an incidence that it never falls."""
    for first, second in combinations(points(book), 2):
        if first.curve != second.curve or first.statement.what != second.statement.what:
            continue
        unit = first.statement.time_unit
        other = time_span(_exact(second), second.statement.time_unit, unit)
        if other.low > first.time:
            yield _ordered_in_time(first, second)
        elif other.high < first.time:
            yield _ordered_in_time(second, first)


def _exact(point: Point) -> Reach:
    return Reach(point.time, point.time)


def _ordered_in_time(early: Point, late: Point) -> Check:
    high, low = (early, late) if early.survival else (late, early)
    holds = low.value.low <= high.value.high
    word = "rise" if early.survival else "fall"
    words = f"{early.words}, {late.words}: the curve cannot {word}."
    if holds:
        return Check(
            _TIME, Verdict.CONSISTENT, (early.at, late.at), (), words, method="order", bound=True
        )
    return Check(_TIME, Verdict.IMPOSSIBLE, (early.at, late.at), (), words)


def endpoints_in_order(book: Book) -> Iterator[Check]:
    """Ask of an event-free survival that it is at most the overall survival of the same set."""
    found = [point for point in points(book) if point.survival]
    for first, second in combinations(found, 2):
        kinds = [endpoint_class(point.curve.endpoint) for point in (first, second)]
        if sorted(kinds) != ["event-free", "overall"] or first.curve[:3] != second.curve[:3]:
            continue
        time = time_span(_exact(second), second.statement.time_unit, first.statement.time_unit)
        if not time.low <= first.time <= time.high:
            continue
        free, overall = (first, second) if kinds[0] == "event-free" else (second, first)
        words = f"{free.words}; {overall.words}, in the same set."
        size = size_of(book, free.curve.of)
        patients = (free.value.low - overall.value.high) * (size[1] if size else 0)
        if free.value.low <= overall.value.high:
            yield Check(
                _ENDPOINTS,
                Verdict.CONSISTENT,
                (free.at, overall.at),
                (),
                words,
                method="order",
                bound=True,
            )
        elif (size and patients < _CENSORED) or _censored(free, overall):
            yield Check(
                _ENDPOINTS,
                Verdict.UNCHECKED,
                (free.at, overall.at),
                (),
                f"{words} Who is free of events is alive; the two estimates can cross by a few"
                " patients where some are censored between the event and death.",
                (
                    Trial(
                        "censored between event and death", f"{patients:.1f} patients", meets=True
                    ),
                ),
                missing="how many were censored between the event and death",
            )
        else:
            yield Check(
                _ENDPOINTS,
                Verdict.INCONSISTENT,
                (free.at, overall.at),
                (),
                f"{words} Who is free of events is alive.",
                resolve="Do both start at the same time and in the same patients?",
            )


_CENSORED = 4.0  # patients by which Kaplan-Meier estimates of small cohorts cross, nearly always


def _censored(*points: Point) -> bool:
    """Tell whether an estimate is named as censored at something, such as transplantation."""
    return any("censor" in (point.statement.method or "").lower() for point in points)


def _medians(book: Book, point: Point) -> Iterator[MedianTime]:
    for median in book.of_kind(MedianTime):
        if curve_of(median) == point.curve and "follow" not in median.endpoint.lower():
            yield median


def landmark_against_median(book: Book) -> Iterator[Check]:
    """Ask of a survival that it is at least 50 % before its median and at most 50 % after it."""
    for point in points(book):
        if not point.survival:
            continue
        for median in _medians(book, point):
            at = f"{median.id}.estimate"
            unit = point.statement.time_unit
            span = median_span(book, median, "estimate", unit)
            if span is None and book.numbers.get(at, "") is None:
                yield _not_reached(point, median, at)
            elif span is not None:
                yield _beside_median(point, median, at, span)


def _not_reached(point: Point, median: MedianTime, at: str) -> Check:
    words = f"{point.words}, the median is {median.estimate}."
    if point.value.high < 0.5:
        return Check(
            _MEDIAN,
            Verdict.IMPOSSIBLE,
            (point.at, at),
            (),
            f"{words} A curve below 50 % has reached its median.",
        )
    return Check(_MEDIAN, Verdict.CONSISTENT, (point.at, at), (), words, method="order", bound=True)


def _beside_median(point: Point, median: MedianTime, at: str, span: Reach) -> Check:
    words = f"{point.words}, median {median.estimate} {median.unit}"
    if point.time > span.high and point.value.low > 0.5:
        end = "after its median a curve is at most at 50 %"
    elif point.time < span.low and point.value.high < 0.5:
        end = "before its median a curve is at least at 50 %"
    else:
        return Check(
            _MEDIAN,
            Verdict.CONSISTENT,
            (point.at, at),
            (),
            f"{words}.",
            method="order",
            bound=True,
        )
    return Check(_MEDIAN, Verdict.IMPOSSIBLE, (point.at, at), (), f"{words}: {end}.")


def intervals_at_the_median(book: Book) -> Iterator[Check]:
    """Ask of a median's interval that it has the times at which the curve's has 50 %."""
    for point in points(book):
        if not point.survival or not point.value.low > 0.0 or not point.value.high < 1.0:
            continue
        for median in _medians(book, point):
            if median.level == point.statement.level:
                check = _median_interval(book, point, median)
                if check is not None:
                    yield check


def _median_interval(book: Book, point: Point, median: MedianTime) -> Check | None:
    unit = point.statement.time_unit
    low = median_span(book, median, "lower", unit)
    high = median_span(book, median, "upper", unit)
    fits = [fit for fit in fitted_scales(book, point) if fit.reach is not None]
    if not fits or (low is None and high is None):
        return None
    before = low is not None and point.time < low.low
    after = high is not None and point.time > high.high
    within = (low is not None and point.time > low.high) and (high is None or point.time < high.low)
    if not (before or after or within):
        return None
    if high is None and f"{median.id}.upper" not in book.numbers and not before:
        return None
    place = "before" if before else "after" if after else "within"
    holds = any(_fits_place(interval_at(point, fit), place) for fit in fits)
    s = point.statement
    numbers = tuple(at for at in (f"{median.id}.lower", f"{median.id}.upper") if at in book.numbers)
    words = (
        f"{point.words} ({s.lower} to {s.upper}); {place} the interval of the median,"
        f" {median.lower} to {median.upper} {median.unit}, the curve's interval"
        f" {'holds' if place == 'within' else 'leaves out'} 50 %."
    )
    against = (point.at, f"{s.id}.lower", f"{s.id}.upper")
    if holds:
        return Check(
            _MEDIAN_CI,
            Verdict.CONSISTENT,
            numbers,
            against,
            words,
            method="test inversion (Brookmeyer-Crowley)",
            bound=True,
        )
    late = any(high.high < 0.5 for fit in fits for _, high in interval_at(point, fit))
    if place == "within" and late:  # limits of few patients rise again, and R takes the last time
        missing = "whether the limits of the curve rise again later, when few are at risk"
        return Check(
            _MEDIAN_CI, Verdict.UNCHECKED, (*numbers, *against), (), words, missing=missing
        )
    return Check(
        _MEDIAN_CI,
        Verdict.INCONSISTENT,
        (*numbers, *against),
        (),
        f"{words} It does not, on any scale.",
        resolve="Are the interval of the median and of the curve by one method?",
    )


def _fits_place(limits: list[tuple[Reach, Reach]], place: str) -> bool:
    """Tell whether some interval, on some scale, lies to 1/2 as its place in time asks."""
    for low, high in limits:
        if place == "before" and low.high >= 0.5:
            return True
        if place == "after" and high.low <= 0.5:
            return True
        if place == "within" and low.low <= 0.5 <= high.high:
            return True
    return False


_TIME = "order of a curve in time"
_ENDPOINTS = "event-free survival against overall survival"
_MEDIAN = "landmark against median"
_MEDIAN_CI = "interval of the median against the curve's"
RULES: dict[str, Rule] = {
    _TIME: order_in_time,
    _ENDPOINTS: endpoints_in_order,
    _MEDIAN: landmark_against_median,
    _MEDIAN_CI: intervals_at_the_median,
}
