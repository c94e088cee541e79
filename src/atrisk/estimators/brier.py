"""The Brier score: how far predicted survival is from what happened."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.brier import CensoringCurves, brier_scores, censoring_curves, mean_over_time
from atrisk.engine.timegrid import snapped
from atrisk.errors import InputError, listed
from atrisk.estimators.cox_prediction import SurvivalPrediction
from atrisk.estimators.result import Result
from atrisk.estimators.source import numbers_from
from atrisk.estimators.survival import kaplan_meier
from atrisk.sources.histories import Histories

if TYPE_CHECKING:
    import numpy.typing as npt

    from atrisk.sources.histories import Dropped

__all__ = ["BrierScore", "brier_score"]

# a curve of censoring below this is 0 but for rounding
_NOBODY = 1e-12
# predictions outside 0..1 by less than this are rounding
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, repr=False)
class BrierScore(Result):
    """Mean squared errors of predicted survival, beside those of the Kaplan-Meier curve.

    Attributes
    ----------
    time
        shape (T,), in ``unit`` since ``origin``.
    estimate
        shape (T,): the Brier score.
    null
        shape (T,): that of the Kaplan-Meier curve of all rows.
    scaled
        shape (T,): 1 - estimate/null, the index of prediction accuracy; NaN where null is 0.
    integrated, integrated_null, integrated_scaled
        the same of the means over the range of ``time``, by the trapezoid rule.
    n
        rows.
    unit, origin, method
        by name.
    dropped
        the rows left out, and why.
    """

    time: np.ndarray
    estimate: np.ndarray
    null: np.ndarray
    scaled: np.ndarray
    integrated: float
    integrated_null: float
    integrated_scaled: float
    n: int
    unit: str
    origin: str
    method: str
    dropped: Dropped = field(repr=False)

    def columns(self) -> dict[str, np.ndarray]:
        """Give time, estimate, null, scaled."""
        return {name: getattr(self, name) for name in ("time", "estimate", "null", "scaled")}


def brier_score(
    h: Histories, survival: npt.ArrayLike | SurvivalPrediction, times: npt.ArrayLike
) -> BrierScore:
    """Score predicted survival at chosen times.

    Parameters
    ----------
    h
        n histories without late entry. Case weights multiply; the chance of not being censored is
        estimated within strata.
    survival
        shape (n, T): predicted probability that each row lives past each time, without the event;
        or what ``fit.predict_survival(newdata, times)`` gives for the n rows and these times.
    times
        shape (T,), increasing, in the unit of the histories.

    Returns
    -------
    BrierScore

    Raises
    ------
    InputError
        a time lies past the follow-up, or where nobody is left who is not censored; predictions
        are no probabilities, or do not fit the rows and times; a row enters late.

    Notes
    -----
    BS(t) = sum w [S(t)^2 1{X <= t, event}/G(X-) + (1 - S(t))^2 1{X > t}/G(t)] / sum w, with X the
    exit and G the Kaplan-Meier curve of the time to censoring, events leaving before censorings of
    the same time: who has the event at X weighs 1/G(X-), who lives past t weighs 1/G(t).

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999) Stat Med 18:2529. Gerds TA, Schumacher M
    (2006) Biom J 48:1029. Kattan MW, Gerds TA (2018) Diagn Progn Res 2:7 (scaled).

    Examples
    --------
    >>> h = Histories.from_arrays([1, 2, 3, 4], [1, 0, 1, 1], unit="years", origin="diagnosis")
    >>> brier_score(h, [[0.5], [0.9], [0.8], [0.7]], [2.5]).estimate
    array([0.11125])
    """
    _require_rows(h)
    asked = _times(h, times)
    if isinstance(survival, SurvivalPrediction):
        survival = _laid_out(survival, len(h), asked, h.grid.unit)
    predicted = _probabilities(survival, len(h), asked.size)
    died, alive, share, code = _weights(h, asked)
    null = kaplan_meier(_alone(h)).at(asked, beyond="carry").columns()["estimate"]
    scores = [
        brier_scores(values, died, h.exit, code, alive, share)
        for values in (predicted, null[np.newaxis])
    ]
    means = [mean_over_time(asked, score) for score in scores]
    return BrierScore(
        time=asked,
        estimate=scores[0],
        null=scores[1],
        scaled=_scaled(scores[0], scores[1]),
        integrated=means[0],
        integrated_null=means[1],
        integrated_scaled=float(_scaled(np.array(means[:1]), np.array(means[1:]))[0]),
        n=len(h),
        unit=h.grid.unit,
        origin=h.grid.origin,
        method="inverse probability of censoring weights, Kaplan-Meier",
        dropped=h.dropped,
    )


def _require_rows(h: Histories) -> None:
    if not isinstance(h, Histories):
        raise InputError(
            f"Histories are expected, not {type(h).__name__}. Make them with "
            "Histories.from_frame(df, exit=..., event=..., unit=..., origin=...)."
        )
    if h.entry is not None:
        raise InputError(
            "the Brier score is not defined here for rows that enter late: it needs everybody from "
            "the origin on. Leave entry out, or choose a landmark as the origin."
        )


def _alone(h: Histories) -> Histories:
    """Take all rows as one group."""
    return replace(h, group=None, groups=("all",), stratum=None, strata=("all",), known_from=None)


def _times(h: Histories, times: npt.ArrayLike) -> np.ndarray:
    wanted = "one or more increasing times of 0 or later"
    asked = numbers_from("times", times, wanted)
    if not (np.isfinite(asked).all() and asked.min() >= 0.0 and np.all(np.diff(asked) > 0)):
        raise InputError(f"times={times!r}: give {wanted}.")
    asked = snapped(asked, h.grid.times)
    last = h.grid.times[h.exit.max()]
    late = asked[asked > last]
    if late.size:
        raise InputError(
            f"times {listed(f'{time:g}' for time in late)} lie past the last exit at {last:g} "
            f"{h.grid.unit}: nothing is known there. Take times up to it."
        )
    return asked


def _laid_out(found: SurvivalPrediction, n: int, asked: np.ndarray, unit: str) -> np.ndarray:
    """Lay predictions out as one row a history and one column a time.

    Raises
    ------
    InputError
        they are of other rows or other times.
    """
    if found.unit != unit:
        raise InputError(
            f"survival is predicted in {found.unit} and the histories are in {unit}: take one unit."
        )
    rows, times = np.unique(found.row), np.unique(found.time)
    same = times.size == asked.size and np.allclose(times, asked, rtol=1e-9, atol=0.0)
    if not same or found.row.size != rows.size * times.size:
        raise InputError(
            f"survival is predicted at {times.size} times, "
            f"{listed(f'{time:g}' for time in times)}, and the score is asked at "
            f"{listed(f'{time:g}' for time in asked)}. Predict and score at the same times: "
            "fit.predict_survival(newdata, times)."
        )
    if not np.array_equal(rows, np.arange(1, n + 1)):
        raise InputError(
            f"survival is predicted for {rows.size} rows and there are {n} histories: predict for "
            "the rows of the histories, in their order."
        )
    values = np.empty((n, asked.size))
    values[found.row - 1, np.searchsorted(times, found.time)] = found.estimate
    return values


def _probabilities(survival: npt.ArrayLike, n: int, times: int) -> np.ndarray:
    try:
        values = np.asarray(survival, dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            "survival holds values that are not numbers: give an array of one row a history and "
            "one column a time, or what fit.predict_survival(newdata, times) gives."
        ) from None
    if values.shape != (n, times):
        raise InputError(
            f"survival has shape {values.shape}; {n} rows and {times} times need {(n, times)}: one "
            "row a history, one column a time."
        )
    bad = ~((values >= -_ROUNDING) & (values <= 1.0 + _ROUNDING))
    if bad.any():
        rows = np.flatnonzero(bad.any(axis=1))
        raise InputError(
            f"survival is missing or outside 0 to 1 in {rows.size} of {n} rows: row "
            f"{listed(rows + 1)}. Give probabilities of living past each time."
        )
    return values


def _weights(
    h: Histories, asked: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weigh who died and who lives, as `brier_scores` takes it, with the times' codes."""
    event = h.cause > 0
    stratum: np.ndarray | int = 0 if h.stratum is None else h.stratum
    curves = censoring_curves(h.exit, event, h.stratum, h.weights)
    weight = np.ones(len(h)) if h.weights is None else h.weights
    share = weight / weight.sum()
    code = np.searchsorted(h.grid.times, asked, side="right") - 1
    free = curves.at(code, np.arange(len(h.strata))[:, np.newaxis])
    _require_free(h, curves, free, asked)
    died = np.divide(
        share, curves.before(h.exit, stratum), out=np.zeros(len(h)), where=event & (share > 0)
    )
    inverse = 1.0 / free
    return died, inverse if h.stratum is None else inverse[h.stratum], share, code


def _require_free(
    h: Histories, curves: CensoringCurves, free: np.ndarray, asked: np.ndarray
) -> None:
    """Refuse times by which everybody left in a stratum is censored."""
    stratum, place = np.nonzero(free <= _NOBODY)
    if not stratum.size:
        return
    first = stratum[0]
    span = slice(curves.starts[first], curves.starts[first + 1])
    end = curves.key[span][np.argmax(curves.value[span] <= _NOBODY)] % curves.width
    where = "" if h.stratum is None else f" of stratum {h.strata[first]!r}"
    raise InputError(
        f"time {asked[place[0]]:g}: everybody{where} who was left is censored at "
        f"{h.grid.times[end]:g} {h.grid.unit}, so nobody can stand for them from then on. Take "
        "earlier times."
    )


def _scaled(score: np.ndarray, null: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.divide(score, null, out=np.full(score.shape, np.nan), where=null > 0)
    return 1.0 - ratio
