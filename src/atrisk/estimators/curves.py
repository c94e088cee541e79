"""Results that are curves: step functions by group, with what can be read off them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.steps import crossing, value_at
from atrisk.engine.tally import Tally, at_risk, at_risk_of_censoring, last_known
from atrisk.engine.timegrid import snapped
from atrisk.errors import InputError, listed
from atrisk.estimators.restricted_mean import RestrictedMeans, restricted_means
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import Source, numbers_from, require_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.sources.histories import Dropped

__all__ = [
    "CurvePoints",
    "HazardCurves",
    "IncidenceCurves",
    "Quantiles",
    "StepCurves",
    "SurvivalCurves",
]

_NUMBERS = ("time", "at_risk", "events", "censored", "estimate", "std_error", "lower", "upper")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StepCurves(Result):
    """Step functions, one a group (and cause), laid end to end.

    Attributes
    ----------
    curve_group, curve_cause
        label of each of the q curves; ``curve_cause`` is empty where causes are not told apart.
    starts
        shape (q + 1,): where each curve begins in the arrays below.
    time
        shape (T,), in ``unit`` since ``origin``: the times at which somebody left.
    at_risk
        shape (T,): sum of weights at risk just before the time (entry < t <= exit).
    events, censored
        shape (T,): sums of weights.
    estimate, std_error, lower, upper
        shape (T,): from this time on; NaN where not defined.
    first
        the estimate before the first time.
    unit, origin, conf_level, conf_type, variance, method
        how time is measured, and what was computed, by name.
    notes
        what a reader of the numbers should know.
    dropped
        the rows left out, and why.
    """

    curve_group: tuple[str, ...]
    curve_cause: tuple[str, ...]
    starts: np.ndarray
    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    first: float
    unit: str
    origin: str
    conf_level: float
    conf_type: str
    variance: str
    method: str
    notes: tuple[str, ...]
    dropped: Dropped = field(repr=False)
    table: Tally = field(repr=False)
    source: Source = field(repr=False)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in order."""
        return self.table.groups

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, (cause,) time, at_risk, events, censored, estimate and its interval."""
        return _labelled(self, np.diff(self.starts)) | {
            name: getattr(self, name) for name in _NUMBERS
        }

    def at(self, times: float | Sequence[float] | np.ndarray, beyond: str = "error") -> CurvePoints:
        """Read the curves at chosen times.

        Parameters
        ----------
        times
            one or more times, in ``unit``.
        beyond
            what to do past the time up to which a curve is known (`known_until`):
            ``"error"`` refuses, ``"missing"`` gives NaN, ``"carry"`` gives the last value.

        Returns
        -------
        CurvePoints
            one row a curve and time, in the order asked. The number at risk is that just before
            the time; events and censorings are those after the next smaller time asked for, up to
            this one, as R's ``summary.survfit`` counts.

        Raises
        ------
        InputError
            a time lies beyond the follow-up of a group and ``beyond="error"``.
        """
        require_choice("beyond", beyond, ("error", "missing", "carry"))
        asked = numbers_from("times", times, "one or more times of 0 or later")
        if not np.all((asked >= 0.0) & np.isfinite(asked)):
            raise InputError(f"times={times!r}: give one or more times of 0 or later.")
        at, order = np.unique(snapped(asked, self.table.time), return_inverse=True)
        parts = [self._read(curve, at, beyond) for curve in range(len(self.curve_group))]
        values = {name: np.concatenate([part[name][order] for part in parts]) for name in _NUMBERS}
        labels = _labelled(self, np.full(len(self.curve_group), asked.size))
        return CurvePoints(labels, values, self.unit, self.origin, self.method, self.conf_level)

    def _read(self, curve: int, at: np.ndarray, beyond: str) -> dict[str, np.ndarray]:
        span = slice(self.starts[curve], self.starts[curve + 1])
        group = self.groups.index(self.curve_group[curve])
        time = self.time[span]
        found = {
            name: value_at(time, getattr(self, name)[span], first, at)
            for name, first in self._firsts()
        }
        for name in ("events", "censored"):
            counted = value_at(time, np.cumsum(getattr(self, name)[span]), 0.0, at)
            found[name] = np.diff(counted, prepend=0.0)
        past = self._past(curve, group, at, beyond)
        for name in ("estimate", "std_error", "lower", "upper"):
            found[name][past] = np.nan
        return {"time": at, "at_risk": self._at_risk(group, at), **found}

    def _firsts(self) -> tuple[tuple[str, float], ...]:
        edge = np.nan if self.conf_type in {"log-log", "logit", "arcsine"} else self.first
        if self.first == 0.0 and self.conf_type != "plain":
            edge = np.nan
        return ("estimate", self.first), ("std_error", 0.0), ("lower", edge), ("upper", edge)

    def _at_risk(self, group: int, at: np.ndarray) -> np.ndarray:
        risk = np.append(self._risk_table()[group], 0.0)
        found: np.ndarray = risk[np.searchsorted(self.table.time, at, side="left")]
        return found

    def _risk_table(self) -> np.ndarray:
        return at_risk(self.table)

    def _past(self, curve: int, group: int, at: np.ndarray, beyond: str) -> np.ndarray:
        """Mark times past those for which the curve is known."""
        end = self._end(group)
        past: np.ndarray = (at > end) & (beyond != "carry")
        if past.any() and beyond == "error":
            raise InputError(
                f"time {listed(f'{t:g}' for t in at[past])} {self.unit} is beyond the follow-up of "
                f"group {self.curve_group[curve]!r}, which ends at {end:g}. Ask for "
                "earlier times, or pass beyond='missing' (no value) or beyond='carry' (last value)."
            )
        return past

    @property
    def known_until(self) -> np.ndarray:
        """Up to which time each curve can be read, shape (q,).

        The last exit of the group; without end where everybody left had the event then; and where
        the risk set ran empty between entries, the time at which it did.
        """
        return np.array([self._end(self.groups.index(group)) for group in self.curve_group])

    def _end(self, group: int) -> float:
        return float(last_known(self.table)[group])


def _labelled(curves: StepCurves, repeats: np.ndarray) -> dict[str, np.ndarray]:
    labels = {"group": np.repeat(label_array(curves.curve_group), repeats)}
    if curves.curve_cause:
        labels["cause"] = np.repeat(label_array(curves.curve_cause), repeats)
    return labels


@dataclass(frozen=True, slots=True, repr=False)
class CurvePoints(Result):
    """Curves read at chosen times: the columns of the curve, A rows a curve."""

    labels: dict[str, np.ndarray]
    values: dict[str, np.ndarray]
    unit: str
    origin: str
    method: str
    conf_level: float

    def columns(self) -> dict[str, np.ndarray]:
        """Give the same columns as the curve."""
        return self.labels | self.values


@dataclass(frozen=True, slots=True, repr=False)
class Quantiles(Result):
    """Times by which a share p had the event, one row a group and p; NaN where not reached.

    Attributes
    ----------
    group
        shape (q,), labels.
    p, estimate, lower, upper
        shape (q,); times in ``unit`` since ``origin``.
    unit, origin, conf_level, conf_type
        as in the curves.
    """

    group: np.ndarray
    p: np.ndarray
    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    unit: str
    origin: str
    conf_level: float
    conf_type: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, p, estimate, lower, upper."""
        names = ("group", "p", "estimate", "lower", "upper")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SurvivalCurves(StepCurves):
    """Curves that fall from 1: Kaplan-Meier, and the follow-up curve."""

    def quantile(self, p: float | Sequence[float] | np.ndarray = (0.25, 0.5, 0.75)) -> Quantiles:
        """Find the time by which a share ``p`` of each group had the event.

        Parameters
        ----------
        p
            one or more numbers within (0, 1).

        Returns
        -------
        Quantiles
            with limits where the confidence band crosses 1 - p; where a curve runs flat at
            1 - p, the middle of the flat stretch (R's rule).

        Raises
        ------
        InputError
            some p is not within (0, 1).
        """
        asked = numbers_from("p", p, "numbers between 0 and 1, such as 0.5")
        if not np.all((asked > 0.0) & (asked < 1.0)):
            raise InputError(f"p={p!r}: give numbers between 0 and 1, such as 0.5.")
        spans = [self._known(curve) for curve in range(len(self.curve_group))]
        read = {
            name: np.concatenate(
                [crossing(self.time[s], getattr(self, name)[s], asked) for s in spans]
            )
            for name in ("estimate", "lower", "upper")
        }
        return Quantiles(
            group=np.repeat(label_array(self.curve_group), asked.size),
            p=np.tile(asked, len(spans)),
            unit=self.unit,
            origin=self.origin,
            conf_level=self.conf_level,
            conf_type=self.conf_type,
            **read,
        )

    def _known(self, curve: int) -> slice:
        """Give where the curve stands in the arrays, up to the time it is known."""
        begin, end = self.starts[curve], self.starts[curve + 1]
        until = self._end(self.groups.index(self.curve_group[curve]))
        return slice(begin, begin + np.searchsorted(self.time[begin:end], until, side="right"))

    def median(self) -> Quantiles:
        """Find the median time of each group: ``quantile(0.5)``."""
        return self.quantile(0.5)

    def rmst(self, tau: float) -> RestrictedMeans:
        """Integrate each curve from 0 to ``tau``: the restricted mean survival time.

        Parameters
        ----------
        tau
            the horizon, in ``unit``.

        Returns
        -------
        RestrictedMeans

        Raises
        ------
        InputError
            ``tau`` is not positive, or is beyond the follow-up of a group.
        """
        return restricted_means(self.source, tau, self.variance, self.conf_level)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FollowUpCurves(SurvivalCurves):
    """The reverse Kaplan-Meier curve: events here are censorings, and the other way round."""

    def _risk_table(self) -> np.ndarray:
        return at_risk_of_censoring(self.table)

    def _end(self, group: int) -> float:
        return float(last_known(self.table, of_censoring=True)[group])

    def rmst(self, tau: float) -> RestrictedMeans:
        """Refuse: a restricted mean of follow-up is not a quantity of the cohort."""
        raise InputError(
            f"rmst({tau!r}) is defined for survival curves: use kaplan_meier(h).rmst(tau)."
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HazardCurves(StepCurves):
    """Cumulative hazards, rising from 0."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IncidenceCurves(StepCurves):
    """Cumulative incidences by cause, rising from 0."""
