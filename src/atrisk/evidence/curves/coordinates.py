"""Coordinates of curves to falls: when each curve moved, and within which bounds it then stood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.evidence.curves.types import Curve

__all__ = ["EVENT", "EVENT_FREE", "Falls", "falls_of"]

EVENT = "event"
"""The name of the one cause of a survival curve."""

EVENT_FREE = "event_free"
"""The name under which a survival curve stands beside incidence curves: nothing happened yet."""

_TINY = 1e-9
_SLACK = 1e-11
_SHARP = 1e-3
_LATEST = 1e9
MOST_FALLS = 500
"""Of points that the precision does not tell apart; of more, those that it does are taken."""


@dataclass(frozen=True, slots=True)
class Falls:
    """When the curves moved, as cumulative incidences; survival is one minus their sum.

    Attributes
    ----------
    time
        shape (J,), ascending.
    low, high
        shape (J, C): bounds of each incidence from that time on.
    moved
        shape (J, C), bool: which of them moved then.
    surely
        shape (J, C), bool: by more than the precision can explain.
    causes
        C names.
    end
        the last time drawn.
    precision_time
        half-width of times.
    unit
        of time.
    """

    time: np.ndarray
    low: np.ndarray
    high: np.ndarray
    moved: np.ndarray
    surely: np.ndarray
    causes: tuple[str, ...]
    end: float
    precision_time: float
    unit: str

    @property
    def middle(self) -> np.ndarray:
        """The incidences as read, shape (J, C)."""
        centre: np.ndarray = (self.low + self.high) / 2.0
        return centre

    @property
    def precision(self) -> float:
        """The widest half-width of a bound."""
        return float(np.max((self.high - self.low) / 2.0, initial=0.0))

    def widened(self, factor: float) -> Falls:
        """Let every bound be so many times as wide, around its middle."""
        half = (self.high - self.low) / 2.0 * factor
        return self.bounded(self.middle - half, self.middle + half)

    def bounded(self, low: np.ndarray, high: np.ndarray) -> Falls:
        """Put other bounds in the place of these."""
        return Falls(
            self.time, low, high, self.moved, self.surely, self.causes, self.end,
            self.precision_time, self.unit,
        )  # fmt: skip

    @property
    def sharp(self) -> bool:
        """Whether a fall read at a given time fell then: falls lie far apart for their precision.

        Events are mostly counted in days. Where the precision of times is a thousandth of the
        least time between two falls, one that is read so near a given time is no chance.
        """
        least = float(np.diff(self.time, prepend=0.0).min(initial=np.inf))
        return self.precision_time <= _SHARP * least

    def survival_before(self, time: float) -> float:
        """Read survival just before a time; a fall that may have fallen then is not passed yet."""
        return self._after(int(np.searchsorted(self.time, time - self._near, side="left")))

    def survival_after(self, time: float) -> float:
        """Read survival just after a time; a fall that may have fallen by then is passed."""
        return self._after(int(np.searchsorted(self.time, time + self._near, side="right")))

    @property
    def _near(self) -> float:
        return self.precision_time + _TINY

    def _after(self, passed: int) -> float:
        return 1.0 if passed == 0 else float(1.0 - self.middle[passed - 1].sum())


def falls_of(curves: Mapping[str, Curve], n: int | None) -> Falls:
    """Find the falls of one survival curve, or of competing incidences taken together.

    Parameters
    ----------
    curves
        cause -> curve: one survival curve, or incidences; under ``event_free`` the survival curve
        that stands beside them, which gives the cause that is not drawn.
    n
        patients, if known: a curve of n patients moves by 1/n at least. Where that is less than
        four times the precision, every point that is higher may be a fall of its own.

    Raises
    ------
    InputError
        a curve is not one: no points, values outside 0 to 1, it turns back by more than its
        precision, or units differ.
    """
    units = sorted({curve.unit for curve in curves.values()})
    if len(units) > 1:
        raise InputError(f"the curves are in {listed(units)}. Give all in one unit.")
    single = {name: _single(name, curve, n) for name, curve in curves.items()}
    beside = single.pop(EVENT_FREE, None) if len(single) > 1 else None
    merged = _merged(list(single.values()), max(c.precision_time for c in curves.values()))
    end = max(float(np.max(curve.time)) for curve in curves.values())
    precision = max(curve.precision_time for curve in curves.values())
    names = tuple(single)
    if beside is not None:
        merged, names = _with_other(single, beside, precision), (*names, "other")
    time, low, high, moved, surely = merged
    return Falls(time, low, high, moved, surely, names, end, precision, units[0])


_Single = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _single(name: str, curve: Curve, n: int | None) -> _Single:
    """Give times, bounds and certainty of the moves of one curve, as an incidence."""
    time, value = _checked(name, curve)
    order = np.lexsort((value, time))
    time, value = time[order], value[order]
    _refuse_turning_back(name, curve, time, value)
    wide = 2.0 * curve.precision_value
    told_apart = n is None or wide <= 0.5 / n
    levels = _levels(value, max(wide, _TINY) if told_apart else _TINY)
    if not told_apart and levels[-1] > MOST_FALLS:  # points nearer than they are precise
        levels = _levels(value, wide)
    starts = np.flatnonzero(np.diff(levels, prepend=0))
    half = curve.precision_value + _SLACK
    centre = np.array([_centre(value[levels == levels[start]], half) for start in starts])
    before = np.concatenate([[0.0], centre])[: centre.size]
    return time[starts], centre - half, centre + half, centre - before > wide


def _centre(level: np.ndarray, half: float) -> float:
    """Read a level from its points: between the two that bound it best, or their mean."""
    low, high = level.max() - half, level.min() + half
    return float((low + high) / 2.0 if low <= high else level.mean())


def _checked(name: str, curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Give the coordinates as times and incidences."""
    if curve.time.ndim != 1 or curve.time.shape != curve.value.shape or not curve.time.size:
        raise InputError(
            f"curve {name!r} has {curve.time.size} times and {curve.value.size} values. Give one"
            " value a time, and at least one."
        )
    if not (np.isfinite(curve.time).all() and np.isfinite(curve.value).all()):
        raise InputError(f"curve {name!r} has coordinates that are not numbers. Leave them out.")
    if not (curve.precision_time >= 0.0 and curve.precision_value >= 0.0):
        raise InputError(f"curve {name!r}: precisions are half-widths of 0 or more.")
    if curve.time.max() > _LATEST:
        raise InputError(f"curve {name!r} ends at {curve.time.max():g}: check the time axis.")
    if curve.time.min() < -curve.precision_time - _TINY:
        raise InputError(f"curve {name!r} begins at {curve.time.min():g}, before time 0.")
    outside = (curve.value < -curve.precision_value - _TINY) | (
        curve.value > 1.0 + curve.precision_value + _TINY
    )
    if outside.any():
        raise InputError(
            f"curve {name!r} has values outside 0 to 1: "
            f"{listed(f'{v:g}' for v in curve.value[outside])}. Say that they are in percent, or"
            " calibrate the axis again."
        )
    value = 1.0 - curve.value if curve.kind == "survival" else curve.value
    return np.maximum(curve.time, 0.0), np.clip(value, 0.0, 1.0)


def _refuse_turning_back(name: str, curve: Curve, time: np.ndarray, value: np.ndarray) -> None:
    """Refuse a survival curve that rises, or an incidence that falls, beyond its precision."""
    known = np.searchsorted(time, time - 2.0 * curve.precision_time, side="left")
    highest = np.concatenate([[0.0], np.maximum.accumulate(value)])[known]
    back = np.flatnonzero(highest - value > 2.0 * curve.precision_value + _TINY)
    if back.size:
        at = back[0]
        survival = curve.kind == "survival"
        verb = "rises" if survival else "falls"
        other = "incidence" if survival else "survival"
        turned = value[-1] < value[0]
        kind = f' A curve that {verb} throughout has kind = "{other}".' if turned else ""
        raise InputError(
            f"curve {name!r} {verb} by {highest[at] - value[at]:.4g} at time {time[at]:g}, more"
            f" than its precision of {curve.precision_value:g} either way allows. Take points of"
            " other curves, censor marks and confidence bands out, or state a coarser precision."
            f"{kind}"
        )


def _levels(value: np.ndarray, least: float) -> np.ndarray:
    """Count the levels on which the curve stands; 0 is where it starts."""
    levels = np.zeros(value.size, dtype=np.int64)
    level, top = 0, 0.0
    for place, current in enumerate(value.tolist()):
        if current - top > least:
            level, top = level + 1, current
        levels[place] = level
    return levels


_Merged = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _merged(parts: list[_Single], precision: float) -> _Merged:
    """Put the moves of several curves on one row of times."""
    every = np.unique(np.concatenate([part[0] for part in parts]))
    near = np.diff(every, prepend=-np.inf) > (2.0 * precision + _TINY if len(parts) > 1 else 0.0)
    time = every[near]
    shape = (time.size, len(parts))
    low, high = np.full(shape, -_SLACK), np.full(shape, _SLACK)
    moved, surely = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for column, (at, below, above, sure) in enumerate(parts):
        place = np.searchsorted(time, at, side="right") - 1
        moved[place, column] = True
        np.logical_or.at(surely[:, column], place, sure)
        last = np.searchsorted(place, np.arange(time.size), side="right") - 1
        known = last >= 0
        low[known, column], high[known, column] = below[last[known]], above[last[known]]
    return time, low, high, moved, surely


def _with_other(single: dict[str, _Single], free: _Single, precision: float) -> _Merged:
    """Make the incidence of the cause that is not drawn from the event-free curve."""
    time, low, high, moved, surely = _merged([*single.values(), free], precision)
    rest_low = low[:, -1] - high[:, :-1].sum(axis=1)
    rest_high = high[:, -1] - low[:, :-1].sum(axis=1)
    middle = (rest_low + rest_high) / 2.0
    half = (rest_high - rest_low) / 2.0
    rise = np.diff(middle, prepend=0.0)
    rest_moved = rise > np.minimum(half, 1e-6) + _TINY
    keep = np.column_stack([moved[:, :-1], rest_moved])
    sure = np.column_stack([surely[:, :-1], rise > 2.0 * half])
    low[:, -1], high[:, -1] = rest_low, rest_high
    some = keep.any(axis=1)
    return time[some], low[some], high[some], keep[some], sure[some]
