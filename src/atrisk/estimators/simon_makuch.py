"""Simon-Makuch curves: survival by current exposure, patients moving between the curves."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.timegrid import snapped
from atrisk.errors import InputError
from atrisk.estimators.curves import CurvePoints, SurvivalCurves
from atrisk.estimators.episode_source import changes_of_state, rows_of
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import numbers_from, require_choice, require_number
from atrisk.estimators.survival import kaplan_meier
from atrisk.sources.episodes import Episodes
from atrisk.sources.histories import Histories
from atrisk.sources.selection import code_of, input_rows, listed_as_dropped, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.estimators.restricted_mean import RestrictedMeans

__all__ = ["SimonMakuchCurves", "StateMoves", "simon_makuch"]


@dataclass(frozen=True, slots=True, repr=False)
class StateMoves(Result):
    """Numbers at risk by state at chosen times, and how they came about; A rows a state.

    ``at_risk`` at one time is that at the time before, plus ``entered`` and ``moved_in``, less
    ``moved_out``, ``events`` and ``censored``.

    Attributes
    ----------
    group
        shape (q,), labels of the states.
    time
        shape (q,), in ``unit`` since ``origin``.
    at_risk
        shape (q,): sum of weights at risk just before the time (start < t <= stop); where the
        curves start, just after it.
    entered, moved_in, moved_out, events, censored
        shape (q,): sums of weights, from the time before (included) to this one (not included):
        who came under observation, came from another state, went to another, had the event, or
        went out of observation.
    unit, origin
        how time is measured.
    """

    group: np.ndarray
    time: np.ndarray
    at_risk: np.ndarray
    entered: np.ndarray
    moved_in: np.ndarray
    moved_out: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    unit: str
    origin: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, time, at_risk, entered, moved_in, moved_out, events, censored."""
        return {f.name: getattr(self, f.name) for f in fields(self)[:8]}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SimonMakuchCurves(SurvivalCurves):
    """Survival by current state.

    The attributes of `SurvivalCurves`, and:

    Attributes
    ----------
    moved_out
        shape (T,): sum of weights that went from this state to another at this time; ``censored``
        does not count them.
    landmark_start
        the time from which on the curves run, in ``unit``; 0 where they run from the origin.
    """

    moved_out: np.ndarray
    landmark_start: float

    def columns(self) -> dict[str, np.ndarray]:
        """Give the columns of a curve, and moved_out."""
        return super(SimonMakuchCurves, self).columns() | {"moved_out": self.moved_out}

    def at(self, times: float | Sequence[float] | np.ndarray, beyond: str = "error") -> CurvePoints:
        """Read the curves at chosen times, as `SurvivalCurves.at`, from ``landmark_start`` on.

        Parameters
        ----------
        times
            one or more times, in ``unit``.
        beyond
            as in `SurvivalCurves.at`.

        Returns
        -------
        CurvePoints

        Raises
        ------
        InputError
            as in `SurvivalCurves.at`, or a time is before ``landmark_start``.
        """
        asked = numbers_from("times", times, "one or more times of 0 or later")
        if (snapped(asked, np.array([self.landmark_start])) < self.landmark_start).any():
            raise InputError(
                f"times={times!r}: these curves start at {self.landmark_start:g} {self.unit}; ask "
                "for that time or later ones."
            )
        return super(SimonMakuchCurves, self).at(times, beyond)

    def _at_risk(self, group: int, at: np.ndarray) -> np.ndarray:
        found = super(SimonMakuchCurves, self)._at_risk(group, at)
        if self.table.entered is None:
            return found
        # before the start nobody is at risk; what is asked for there is who starts
        starting = self.table.entered[group, self.table.time <= self.landmark_start].sum()
        return np.where(at <= self.landmark_start, starting, found)

    def rmst(self, tau: float) -> RestrictedMeans:
        """Refuse: nobody's mean survival time, as patients move from curve to curve."""
        raise InputError(
            f"rmst({tau!r}) is not a mean over patients here, who move from curve to curve. For "
            "means by exposure use kaplan_meier(landmark(e, at=...).histories).rmst(tau)."
        )

    def moves(self, times: float | Sequence[float] | np.ndarray) -> StateMoves:
        """Count who is at risk in each state, and who moved.

        Parameters
        ----------
        times
            one or more times, in ``unit``; increasing.

        Returns
        -------
        StateMoves
            one row a state and time; at ``landmark_start`` itself, those at risk just after it.

        Raises
        ------
        InputError
            times are not numbers in increasing order, from ``landmark_start`` on.
        """
        start = self.landmark_start
        wanted = f"times of {start:g} or later, in increasing order"
        asked = snapped(numbers_from("times", times, wanted), np.array([start]))
        if not (np.isfinite(asked).all() and asked[0] >= start and np.all(np.diff(asked) > 0)):
            raise InputError(f"times={times!r}: give {wanted}.")
        if not isinstance(self.source, Histories):
            raise InputError("moves need the histories behind the curves.")
        return _moves(self.source, asked, start)


def simon_makuch(
    e: Episodes | Histories,
    conf_type: str = "log",
    conf_level: float = 0.95,
    variance: str | None = None,
    landmark_start: float | None = None,
) -> SimonMakuchCurves:
    """Estimate survival by current state, each patient at risk in the state they are in.

    Parameters
    ----------
    e
        episodes; or histories in (start, stop] rows with the state as group. Events of every cause
        count; strata are pooled.
    conf_type, conf_level
        as in `kaplan_meier`.
    variance
        ``"greenwood"`` or ``"robust"`` (by subject). None chooses robust where a weight is not a
        whole number, else Greenwood.
    landmark_start
        the time from which on the curves run, among those at risk then; who is exposed later moves
        as before. None starts at the origin, where few are exposed yet and the first event among
        them makes the curve fall far.

    Returns
    -------
    SimonMakuchCurves
        one curve a state, with ``.at``, ``.quantile``, ``.median`` and ``.moves``.

    Raises
    ------
    InputError
        as in `kaplan_meier`; the histories have no entry times; nobody is at risk after
        ``landmark_start``.

    Notes
    -----
    S_g(t) = prod_{t_k <= t} (1 - d_gk / Y_g(t_k)), Y_g(t) the patients in state g just before t:
    start < t <= stop. It is no probability of any patient, but what survival would be if the hazard
    were that of the state throughout. With ``landmark_start`` t0 the rows with stop > t0 count, from
    t0 on.

    References
    ----------
    Simon R, Makuch RW (1984) Stat Med 3:35. Snapinn SM, Jiang Q, Iglewicz B (2005) Am Stat 59:301.
    Bernasconi DP, Rebora P, Iacobelli S, Valsecchi MG, Antolini L (2016) Stat Med 35:1032 (the
    landmark start).

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk.sources.episodes import episodes
    >>> df = pl.DataFrame(
    ...     {"days": [2, 4, 6, 8], "died": [1, 1, 1, 0], "tx_day": [None, 1, None, 3]}
    ... )
    >>> e = episodes(
    ...     df, exit="days", event="died", exposures={"transplant": "tx_day"},
    ...     unit="days", origin="acceptance",
    ... )
    >>> simon_makuch(e).to_frame().select("group", "time", "at_risk", "events", "moved_out").rows()[:3]
    [('before transplant', 1.0, 4.0, 0.0, 1.0), ('before transplant', 2.0, 3.0, 1.0, 0.0), ('before transplant', 3.0, 2.0, 0.0, 1.0)]
    """  # noqa: E501 - the example is one line
    require_choice("variance", variance, (None, "greenwood", "robust"))
    h = rows_of(e, "simon_makuch")
    start = 0.0
    if landmark_start is not None:
        h, start = _started(h, e, landmark_start)
    whole = h.weights is None or bool(np.all(h.weights == np.floor(h.weights)))
    chosen = ("greenwood" if whole else "robust") if variance is None else variance
    km = kaplan_meier(h, conf_type, conf_level, chosen)
    moved_out = _moved_out(h, km)
    inherited = {f.name: getattr(km, f.name) for f in fields(km)}
    changed = {"method": "Simon-Makuch", "censored": km.censored - moved_out}
    return SimonMakuchCurves(**(inherited | changed), moved_out=moved_out, landmark_start=start)


def _started(
    h: Histories, e: Episodes | Histories, landmark_start: float
) -> tuple[Histories, float]:
    """Let the curves start at a landmark, among those at risk after it."""
    time = require_number("landmark_start", landmark_start, "a time of 0 or later")
    if not (time >= 0 and np.isfinite(time)):
        raise InputError(f"landmark_start={landmark_start!r}: give a time of 0 or later.")
    placed, code = code_of(h, time)
    keep = placed.exit > code
    if not keep.any():
        raise InputError(
            f"landmark_start={time:g}: nobody is at risk after {time:g} {h.grid.unit}. Choose an "
            "earlier time."
        )
    row = e.source_row if isinstance(e, Episodes) else input_rows(h)
    gone = ~keep & ~changes_of_state(h)[1]
    why = np.where(h.cause[gone] > 0, "event", "censored")
    reasons = [f"{word} by the landmark start" for word in why]
    dropped = listed_as_dropped(h.dropped, row[gone], "exit", reasons)
    entry = np.maximum(np.asarray(placed.entry), np.int32(code))
    started = taken(replace(placed, entry=entry, dropped=dropped), keep)
    return started, float(placed.grid.times[code])


def _moved_out(h: Histories, km: SurvivalCurves) -> np.ndarray:
    """Sum the weights that change state, at the times of the curves, shape (T,)."""
    went = changes_of_state(h)[1]
    if h.weights is not None:
        went &= h.weights > 0  # the curves have no time at which nobody that counts left
    group = np.zeros(len(h), dtype=np.intp) if h.group is None else h.group
    width = h.grid.times.size
    place = group[went].astype(np.int64) * width + h.exit[went]
    curve = np.repeat(np.arange(len(h.groups)), np.diff(km.starts))
    own = curve * width + np.searchsorted(h.grid.times, km.time)
    weight = np.ones(went.sum()) if h.weights is None else h.weights[went]
    return np.bincount(np.searchsorted(own, place), weight, own.size)


def _moves(h: Histories, asked: np.ndarray, start: float) -> StateMoves:
    times = h.grid.times
    came, went = changes_of_state(h)
    weight = np.ones(len(h)) if h.weights is None else h.weights
    entry = np.zeros(len(h), dtype=np.int32) if h.entry is None else h.entry
    before = np.searchsorted(times, snapped(asked, times))  # codes below are before the time
    before[asked <= start] = np.searchsorted(times, start, side="right")
    shape = (len(h.groups), asked.size)

    def count(code: np.ndarray, which: np.ndarray) -> np.ndarray:
        span = np.searchsorted(before, code[which], side="right")
        group = np.zeros(span.size, np.intp) if h.group is None else h.group[which]
        key = group * np.intp(asked.size + 1) + span
        sums = np.bincount(key, weight[which], shape[0] * (asked.size + 1))
        return sums.reshape(shape[0], -1)[:, : asked.size]

    left = h.cause == 0
    flows = {
        "entered": count(entry, ~came),
        "moved_in": count(entry, came),
        "moved_out": count(h.exit, went),
        "events": count(h.exit, ~left),
        "censored": count(h.exit, left & ~went),
    }
    gain = flows["entered"] + flows["moved_in"]
    loss = flows["moved_out"] + flows["events"] + flows["censored"]
    return StateMoves(
        group=np.repeat(label_array(h.groups), asked.size),
        time=np.tile(asked, shape[0]),
        at_risk=np.cumsum(gain - loss, axis=1).ravel(),
        unit=h.grid.unit,
        origin=h.grid.origin,
        **{name: flow.ravel() for name, flow in flows.items()},
    )
