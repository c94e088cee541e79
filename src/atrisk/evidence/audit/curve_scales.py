"""On which scale an interval of a curve is symmetric, and the standard error it then implies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import ndtri

from atrisk.evidence.audit.printed_floats import Reach, level_of, reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.audit.curve_points import Point

__all__ = ["SCALES", "Fit", "Scale", "fitted_scales", "interval_at", "quantile"]

_END = 1e-9  # as near to 0 and 1 as scales are looked at


@dataclass(frozen=True, slots=True)
class Scale:
    """A rising transformation of a probability, its inverse, and its derivative.

    ``cut_below`` and ``cut_above``: an interval on it may run past 0 and 1 and is cut there.
    """

    name: str
    to: Callable[[float], float]
    back: Callable[[float], float]
    slope: Callable[[float], float]
    cut_below: bool = False
    cut_above: bool = False


def _expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else 0.0


def _sine(x: float) -> float:
    return math.sin(min(max(x, 0.0), math.pi / 2.0)) ** 2


SCALES = (
    Scale("plain", float, float, lambda _: 1.0, cut_below=True, cut_above=True),
    Scale("log", math.log, math.exp, lambda p: 1.0 / p, cut_above=True),
    Scale(
        "log-log",
        lambda p: -math.log(-math.log(p)),
        lambda x: math.exp(-math.exp(-x)) if x > -7.0 else 0.0,
        lambda p: -1.0 / (p * math.log(p)),
    ),
    Scale("logit", lambda p: math.log(p / (1.0 - p)), _expit, lambda p: 1.0 / (p * (1.0 - p))),
    Scale(
        "arcsine",
        lambda p: math.asin(math.sqrt(p)),
        _sine,
        lambda p: 0.5 / math.sqrt(p * (1.0 - p)),
        cut_below=True,
        cut_above=True,
    ),
)
_MIRRORED = (
    Scale(
        "log of 1 - incidence",
        lambda p: -math.log(1.0 - p),
        lambda x: 1.0 - math.exp(-x),
        lambda p: 1.0 / (1.0 - p),
        cut_below=True,
    ),
    Scale(
        "log-log of 1 - incidence",
        lambda p: math.log(-math.log(1.0 - p)),
        lambda x: 1.0 - math.exp(-math.exp(x)) if x < 7.0 else 1.0,
        lambda p: -1.0 / ((1.0 - p) * math.log(1.0 - p)),
    ),
)


@dataclass(frozen=True, slots=True)
class Fit:
    """A scale, the middle of the bounds on it, and the reach if the estimate is there."""

    scale: Scale
    middle: Reach
    reach: Reach | None

    def effective(self, value: Reach, z: float) -> Reach:
        """Give S (1 - S) / SE^2 with the standard error that the reach implies."""
        assert self.reach is not None  # noqa: S101 - asked by the caller
        ends = (value.low, (value.low + value.high) / 2.0, value.high)
        factor = [p * (1.0 - p) * self.scale.slope(p) ** 2 for p in map(_inside, ends)]
        low, high = self.reach
        most = math.inf if low <= 0.0 else max(factor) / (low / z) ** 2
        return Reach(min(factor) / (high / z) ** 2 if high > 0.0 else math.inf, most)


def _inside(p: float) -> float:
    return min(max(p, _END), 1.0 - _END)


def _mapped(scale: Scale, value: Reach) -> Reach:
    return Reach(scale.to(_inside(value.low)), scale.to(_inside(value.high)))


def fitted_scales(book: Book, point: Point) -> list[Fit]:
    """Try each scale on an estimate with two bounds; an empty list without them."""
    lower = book.printed(point.statement, "lower")
    upper = book.printed(point.statement, "upper")
    if lower is None or upper is None or point.value.high <= 0.0 or point.value.low >= 1.0:
        return []
    factor = 0.01 if point.statement.scale == "percent" else 1.0
    low, high = reach(lower, factor), reach(upper, factor)
    scales = SCALES if point.survival else (*SCALES, *_MIRRORED)
    return [_fit(scale, point.value, low, high) for scale in scales]


def _fit(scale: Scale, value: Reach, low: Reach, high: Reach) -> Fit:
    centre, below, above = (_mapped(scale, x) for x in (value, low, high))
    middle = Reach(
        scale.back((below.low + above.low) / 2.0), scale.back((below.high + above.high) / 2.0)
    )
    if scale.cut_above and high.high >= 1.0:
        arm = Reach(max(centre.low - below.high, 0.0), centre.high - below.low)
        return Fit(scale, middle, arm if centre.high + arm.high >= above.low else None)
    if scale.cut_below and low.low <= 0.0:
        arm = Reach(max(above.low - centre.high, 0.0), above.high - centre.low)
        return Fit(scale, middle, arm if centre.low - arm.high <= below.high else None)
    if not Reach(2.0 * centre.low, 2.0 * centre.high).meets(
        Reach(below.low + above.low, below.high + above.high)
    ):
        return Fit(scale, middle, None)
    width = Reach(max(above.low - below.high, 0.0) / 2.0, (above.high - below.low) / 2.0)
    return Fit(scale, middle, width)


def interval_at(point: Point, fit: Fit) -> list[tuple[Reach, Reach]]:
    """Give the intervals, one a scale, with the standard error that a fit implies."""
    assert fit.reach is not None  # noqa: S101 - asked by the caller
    made = []
    for scale in SCALES:
        low, high = (_inside(p) for p in point.value)
        ratios = [scale.slope(p) / fit.scale.slope(p) for p in (low, high)]
        least, most = fit.reach.low * min(ratios), fit.reach.high * max(ratios)
        made.append(
            (
                Reach(scale.back(scale.to(low) - most), scale.back(scale.to(high) - least)),
                Reach(scale.back(scale.to(low) + least), scale.back(scale.to(high) + most)),
            )
        )
    return made


def quantile(level: str) -> float:
    """Give the normal quantile of a level printed in percent."""
    return float(ndtri(0.5 + level_of(level) / 2.0))
