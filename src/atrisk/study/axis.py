"""The time axis of a figure and of its number-at-risk table: where it ends, where it is marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atrisk.study.units import Clock

__all__ = ["axis_node", "ticks"]

#: Steps that read well in each unit: halves of a year and not fifths, quarters of a year in months.
_STEPS = {
    "days": (1, 2, 5, 7, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000),
    "weeks": (1, 2, 4, 8, 12, 26, 52, 104, 260, 520),
    "months": (0.5, 1, 2, 3, 6, 12, 24, 60, 120, 240),
    "years": (0.1, 0.25, 0.5, 1, 2, 5, 10, 20),
}
_MOST_TICKS = 9


def ticks(end: float, unit: str) -> tuple[float, ...]:
    """Choose marks from 0 to ``end``, both in ``unit``: the finest step with at most nine marks.

    Examples
    --------
    >>> ticks(7.2, "years")
    (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    >>> ticks(100, "days")
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    if not end > 0:
        return (0.0,)
    fitting = (step for step in _STEPS[unit] if step <= end < _MOST_TICKS * step)
    step = next(fitting, None)
    if step is None:
        step = _decimal_step(end / (_MOST_TICKS - 1))
    # a hair of tolerance keeps the last mark where end is a whole number of steps
    count = math.floor(end / step * (1 + 1e-12))
    return tuple(float(f"{index * step:.12g}") for index in range(count + 1))


def _decimal_step(least: float) -> float:
    """Choose 1, 2 or 5 times a power of ten, not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least)


def axis_node(end: float, clock: Clock) -> dict[str, Any]:
    """Make the axis of the results document; ``end`` and the marks are in the time unit."""
    per = clock.per_report_unit
    if not end > 0:  # all times are 0: an axis without length cannot be drawn
        end = per
    return {
        "unit": clock.report_unit,
        "per_unit": per,
        "max": float(end),
        "ticks": [mark * per for mark in ticks(clock.reported(end), clock.report_unit)],
    }
