"""Intervals of curves: the scale that explains them, and how many patients they amount to.

With at-risk numbers n_i at the event times, n(t) after t and N analysed, S(t_i-) n(t) / S(t) <= n_i
<= N S(t_i-), so that Greenwood's variance lies between S (1 - S) / N, that of N patients without
censoring, and S (1 - S) / (n(t) / S), Peto's. The sum of d / n^2 (Aalen) in place of Greenwood's
is at least 1 / (N S + 1) - 1 / (N + 1).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.curve_points import Point, Row, points, rows, same_time, size_of, ties_at
from atrisk.evidence.audit.curve_scales import Fit, fitted_scales, quantile
from atrisk.evidence.audit.interval_names import curve_scales_named
from atrisk.evidence.audit.printed_floats import Reach, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES", "bounds_of_effective"]

_OTHER = re.compile(r"bootstrap|permut|bayes|likelihood.ratio|empirical|band", re.IGNORECASE)
_SLACK = 1  # patients with an event on the very day of the number at risk
_INCIDENCE = 1.1  # estimates of the variance of an incidence differ by some percent


def scale_of_the_interval(book: Book) -> Iterator[Check]:
    """Ask of a curve's interval that it is symmetric about its estimate on a scale in use."""
    for point in points(book):
        fits = fitted_scales(book, point)
        if fits:
            yield _scale_check(point, fits)


def _numbers(point: Point) -> tuple[str, ...]:
    return tuple(f"{point.statement.id}.{field}" for field in ("estimate", "lower", "upper"))


def _printed(point: Point) -> str:
    s = point.statement
    return f"{point.words} ({s.level} % CI {s.lower} to {s.upper})"


def _unit(point: Point) -> float:
    return 100.0 if point.statement.scale == "percent" else 1.0


def _scale_check(point: Point, fits: list[Fit]) -> Check:
    trials = tuple(_trial(point, fit) for fit in fits)
    named = curve_scales_named(point.statement.method)
    meeting = [trial.method for trial in trials if trial.meets]
    if named and meeting and not named & set(meeting):
        return _named_otherwise(point, trials, named)
    met = next((f for f in fits if f.reach and (not named or f.scale.name in named)), None)
    if met is not None:
        gives = next(t.gives for t in trials if t.method == met.scale.name)
        words = f"{_printed(point)}: on the {met.scale.name} scale {gives}."
        return Check(
            _SCALE,
            Verdict.CONSISTENT,
            _numbers(point),
            (),
            words,
            trials,
            method=f"{met.scale.name} scale",
        )
    middles = ", ".join(
        f"{t.method} {t.gives.removeprefix('the bounds belong to ')}" for t in trials
    )
    words = f"{_printed(point)}: these bounds belong to an estimate of {middles}."
    if _OTHER.search(point.statement.method or ""):
        return Check(
            _SCALE,
            Verdict.UNCHECKED,
            _numbers(point),
            (),
            words,
            trials,
            missing="the numbers at risk and events up to this time",
        )
    return Check(
        _SCALE,
        Verdict.INCONSISTENT,
        _numbers(point),
        (),
        words,
        trials,
        resolve="Is one of the three numbers misprinted, or from which method is the interval?",
    )


def _named_otherwise(point: Point, trials: tuple[Trial, ...], named: frozenset[str]) -> Check:
    """Tell the scale that the paper names from those that give its interval."""
    gives = "; ".join(f"on the {t.method} scale {t.gives}" for t in trials if t.method in named)
    met = " or ".join(t.method for t in trials if t.meets)
    return Check(
        _SCALE,
        Verdict.INCONSISTENT,
        _numbers(point),
        (),
        f"{_printed(point)}: the paper names {point.statement.method}: {gives}; the {met} scale"
        " gives what is printed.",
        trials,
        resolve="On which scale is this interval?",
    )


def _trial(point: Point, fit: Fit) -> Trial:
    unit = _unit(point)
    decimals = point.decimals + 1
    low, high = (written(unit * end, decimals) for end in fit.middle)
    between = low if low == high else f"{low} to {high}"
    return Trial(fit.scale.name, f"the bounds belong to {between}", fit.reach is not None)


def effective_number(book: Book) -> Iterator[Check]:
    """Ask of a curve's interval that between n(t) / S and N patients make it as wide."""
    at_risk = rows(book)
    for point in points(book):
        fits = [fit for fit in fitted_scales(book, point) if fit.reach is not None]
        size = size_of(book, point.curve.of)
        if not fits or size is None or point.value.low <= 0.0 or point.value.high >= 1.0:
            continue
        row = _row_at(book, point, at_risk)
        yield _effective_check(point, fits, size, row)


def _row_at(book: Book, point: Point, at_risk: list[Row]) -> tuple[str, int, int] | None:
    for row in at_risk:
        place = same_time(point, row)
        if row.curve == point.curve and row.statement.plot is None and place is not None:
            return row.at(place), row.n[place], ties_at(book, row, place)[1]
    return None


def bounds_of_effective(value: Reach, size: int, at_risk: int, *, survival: bool) -> Reach:
    """Bound S (1 - S) / SE^2 by the numbers of patients.

    Parameters
    ----------
    value
        what the printed survival may stand for.
    size, at_risk
        N and n(t).
    survival
        False for an incidence with competing events, whose lower bound is not known.
    """
    if not survival:
        return Reach(0.0, size * _INCIDENCE)
    low = max(at_risk - _SLACK, 0) / value.high
    most = float(size)
    for s in (value.low, value.high):
        aalen = 1.0 / (size * s + 1.0) - 1.0 / (size + 1.0)
        if aalen > 0.0:
            most = max(most, (1.0 - s) / (s * aalen))
    return Reach(low, most)


def _effective_check(
    point: Point, fits: list[Fit], size: tuple[str, int], row: tuple[str, int, int] | None
) -> Check:
    z = quantile(point.statement.level)
    allowed = bounds_of_effective(
        point.value, size[1], row[1] if row else 0, survival=point.survival
    )
    trials = []
    for fit in fits:
        found = fit.effective(point.value, z)
        gives = f"{found.low:.1f} to {found.high:.1f} patients"
        if not math.isfinite(found.high):
            gives = f"at least {found.low:.1f} patients"
        trials.append(Trial(fit.scale.name, gives, found.meets(allowed)))
    met = next((trial for trial in trials if trial.meets), None)
    shown = met or trials[0]
    beside = f", n({point.statement.time}) = {row[1]} at risk" if row else ""
    words = (
        f"{_printed(point)}: on the {shown.method} scale S (1 - S) / SE^2 is {shown.gives};"
        f" N = {size[1]}{beside} allow {allowed.low:.1f} to {allowed.high:.1f}."
    )
    against = (size[0], *((row[0],) if row else ()))
    if met is not None:
        return Check(
            _EFFECTIVE,
            Verdict.CONSISTENT,
            _numbers(point),
            against,
            words,
            tuple(trials),
            method=f"{met.method} scale",
            bound=True,
        )
    if _OTHER.search(point.statement.method or "") or _after_ties(point, trials, fits, size, row):
        return Check(
            _EFFECTIVE,
            Verdict.UNCHECKED,
            _numbers(point),
            (),
            words,
            tuple(trials),
            missing="the numbers at risk and events up to this time",
        )
    return Check(
        _EFFECTIVE,
        Verdict.INCONSISTENT,
        _numbers(point),
        against,
        words,
        tuple(trials),
        resolve="Of how many patients is this curve?",
    )


def _after_ties(
    point: Point,
    trials: list[Trial],
    fits: list[Fit],
    size: tuple[str, int],
    row: tuple[str, int, int] | None,
) -> bool:
    """Tell whether the number at risk was counted before many events of the same time."""
    if row is None:
        return False
    left = max(row[1] - row[2] + _SLACK, 0)
    allowed = bounds_of_effective(point.value, size[1], left, survival=point.survival)
    z = quantile(point.statement.level)
    met = any(fit.effective(point.value, z).meets(allowed) for fit in fits)
    if met:
        most = f"{row[2]} events at the most"
        trials.append(Trial("counted before the events of that time", most, meets=True))
    return met


_SCALE = "scale of a curve's interval"
_EFFECTIVE = "patients that a curve's interval amounts to"
RULES: dict[str, Rule] = {_SCALE: scale_of_the_interval, _EFFECTIVE: effective_number}
