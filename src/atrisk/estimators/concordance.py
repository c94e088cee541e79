"""Concordance: how well a score orders the times of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from atrisk.engine.brier import censoring_curves
from atrisk.engine.concordance import Compared, PairCounts, compare_pairs, score_ranks
from atrisk.errors import InputError, nearest
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_choice, require_level, require_number
from atrisk.sources.histories import Histories

if TYPE_CHECKING:
    import numpy.typing as npt

    from atrisk.estimators.residuals import PartialLikelihoodFit
    from atrisk.sources.histories import Dropped

__all__ = ["Concordance", "concordance", "score_values"]

# linear predictors of equal rows may differ by rounding of their sums, relative to the largest
_EQUAL = 1e-12

_METHODS = {
    "n": "Harrell's C",
    "uno": "Uno's C, inverse probability of censoring weights",
}


@dataclass(frozen=True, slots=True, repr=False)
class Concordance(Result):
    """The probability that, of two comparable rows, the one with the higher score fails first.

    Attributes
    ----------
    estimate, std_error
        the concordance and its standard error by the infinitesimal jackknife.
    lower, upper
        estimate -+ z std_error, held within 0 and 1.
    concordant, discordant, tied_score
        weights of comparable pairs.
    tied_time, tied_both
        weights of pairs with events at the same time, with different and with equal scores; they
        are not comparable.
    n, events, clusters
        numbers of rows, of rows with an event, and of clusters (n where each row is its own).
    weighting
        ``"n"`` or ``"uno"``.
    tau
        events after it do not count; infinite where all do. In ``unit`` since ``origin``.
    conf_level, unit, origin, method
        by name.
    influence
        shape (n,): each row's part in the estimate's error; the standard error is the root of the
        sum of squares, over clusters.
    dropped
        the rows left out, and why.
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    concordant: float
    discordant: float
    tied_score: float
    tied_time: float
    tied_both: float
    n: int
    events: int
    clusters: int
    weighting: str
    tau: float
    conf_level: float
    unit: str
    origin: str
    method: str
    influence: np.ndarray = field(repr=False)
    dropped: Dropped = field(repr=False)

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row: estimate, std_error, lower, upper and the weights of pairs."""
        names = (
            "estimate", "std_error", "lower", "upper", "concordant", "discordant", "tied_score",
            "tied_time", "tied_both",
        )  # fmt: skip
        return {name: np.array([getattr(self, name)]) for name in names}


def concordance(
    h: Histories | PartialLikelihoodFit,
    score: npt.ArrayLike | None = None,
    *,
    weighting: str = "n",
    tau: float | None = None,
    cause: str | None = None,
    cluster: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
) -> Concordance:
    """Estimate the concordance of a score with survival.

    Parameters
    ----------
    h
        n histories, or a fitted Cox model. Only rows of one stratum are compared; case weights
        multiply; a row is compared while it is at risk.
    score
        shape (n,): a higher score means a higher risk. None with a model: its linear predictor.
    weighting
        ``"n"`` counts every comparable pair alike (Harrell); ``"uno"`` weighs it by 1/G(t-)^2, G
        the Kaplan-Meier curve of the time to censoring by strata, events leaving first.
    tau
        count events up to this time only, in the unit of the histories.
    cause
        the cause whose events count, others being censorings; None for all causes, or the
        model's.
    cluster
        shape (n,): labels of clusters, which the standard error adds up. None takes the clusters
        of the model, or the subjects of the histories; else each row is its own.
    conf_level
        of the interval.

    Returns
    -------
    Concordance

    Raises
    ------
    InputError
        the score does not fit the rows or has missing values, no pair is comparable, or Uno's
        weights are asked for with late entry.

    Notes
    -----
    C = (concordant + tied_score/2) / (concordant + discordant + tied_score). Rows i and j are
    comparable at the event of i at t if j is at risk then and goes on, or is censored at t. The
    standard error takes Uno's weights as known, as R's ``concordance`` does.

    References
    ----------
    Harrell FE, Lee KL, Mark DB (1996) Stat Med 15:361. Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei
    LJ (2011) Stat Med 30:1105, eq. 5. Therneau TM, Watson DA (2015) Mayo Clinic TR 85.

    Examples
    --------
    >>> h = Histories.from_arrays([1, 2, 3, 4], [1, 1, 0, 1], unit="years", origin="diagnosis")
    >>> concordance(h, [2.1, 0.7, 1.5, 0.3]).columns()["estimate"]
    array([0.8])
    """
    require_choice("weighting", weighting, tuple(_METHODS))
    require_level(conf_level)
    limit = np.inf if tau is None else _limit(tau)
    told = (
        _from_histories(h, score, cause) if isinstance(h, Histories) else _from_fit(h, score, cause)
    )
    weight = _time_weight(told, weighting, limit)
    pairs = compare_pairs(told.rows, weight)
    if not pairs.comparable > 0:
        raise InputError(_incomparable(told, limit))
    codes = _clusters(told, cluster)
    influence = pairs.influence if codes is None else np.bincount(codes, pairs.influence)
    variance = float(influence @ influence)
    return _result(told, pairs, variance, codes, weighting, limit, conf_level)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is compared, and where it comes from."""

    rows: Compared
    histories: Histories
    cluster: np.ndarray | None
    dropped: Dropped


def _from_histories(h: Histories, score: npt.ArrayLike | None, cause: str | None) -> _Told:
    if score is None:
        raise InputError("score is missing: give one number a history, higher for a higher risk.")
    ranks = score_ranks(score_values(score, len(h)))
    return _Told(_compared(h, _events(h, cause), ranks), h, h.subject, h.dropped)


def _from_fit(fit: PartialLikelihoodFit, score: npt.ArrayLike | None, cause: str | None) -> _Told:
    if not hasattr(fit, "rows"):
        raise InputError(
            f"Histories or a fitted Cox model are expected, not {type(fit).__name__}. Make "
            "Histories with Histories.from_frame(df, exit=..., event=..., unit=..., origin=...)."
        )
    h = fit.histories
    event = fit.rows.event if cause is None else _events(h, cause)
    if score is None:
        predictor = fit.rows.predictor(fit.coefficients)
        ranks = score_ranks(predictor, _EQUAL * float(np.abs(predictor).max(initial=0.0)))
    else:
        ranks = score_ranks(score_values(score, len(h)))
    cluster = h.subject if fit.cluster is None else fit.cluster
    return _Told(_compared(h, event, ranks), h, cluster, fit.dropped)


def _compared(h: Histories, event: np.ndarray, ranks: np.ndarray) -> Compared:
    return Compared(h.exit, h.entry, event, h.stratum, h.weights, ranks)


def _events(h: Histories, cause: str | None) -> np.ndarray:
    if cause is None:
        return h.cause > 0
    if cause not in h.causes:
        raise InputError(
            f"cause={cause!r} does not exist; the causes are "
            f"{', '.join(map(repr, h.causes))}.{nearest(str(cause), h.causes)}"
        )
    return np.asarray(h.cause == h.causes.index(cause) + 1)


def score_values(score: npt.ArrayLike, n: int) -> np.ndarray:
    """Take a score as n finite numbers."""
    try:
        values = np.asarray(score, dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            "score holds values that are not numbers: give one number a row."
        ) from None
    if values.shape != (n,):
        raise InputError(
            f"score has shape {values.shape}, and there are {n} rows: give one number a row, in "
            "the order of the histories."
        )
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise InputError(
            f"score is missing or infinite in {wrong.size} of {n} rows, the first of them row "
            f"{wrong[0] + 1}: leave these rows out of the histories and the score alike."
        )
    return values


def _limit(tau: float) -> float:
    limit = require_number("tau", tau, "a positive time, such as 730")
    if limit <= 0:
        raise InputError(f"tau={tau!r}: give a positive time, such as 730.")
    return limit


def _time_weight(told: _Told, weighting: str, limit: float) -> np.ndarray | None:
    """Weigh the events by their times; None where all count alike."""
    rows, grid = told.rows, told.histories.grid
    last = np.searchsorted(grid.times, limit, side="right")
    counted = rows.exit < last
    if weighting == "n":
        return None if counted.all() else counted.astype(float)
    if rows.entry is not None:
        raise InputError(
            "weighting='uno' with late entry: the chance of not being censored is not defined for "
            "rows that enter late. Use weighting='n'."
        )
    curves = censoring_curves(rows.exit, rows.event, rows.stratum, rows.weight)
    before = curves.before(rows.exit, 0 if rows.stratum is None else rows.stratum)
    counted &= rows.event
    found: np.ndarray = np.divide(1.0, before**2, out=np.zeros(before.size), where=counted)
    return found


def _incomparable(told: _Told, limit: float) -> str:
    if not told.rows.event.any():
        return (
            "nobody had the event: every row is censored, so no pair is comparable. Check the "
            "event column and its codes."
        )
    until = "" if np.isinf(limit) else f" up to tau={limit:g}"
    return (
        f"no pair is comparable: at no event{until} is another row of its stratum at risk that "
        "goes on. More events, or fewer strata, are needed."
    )


def _clusters(told: _Told, cluster: npt.ArrayLike | None) -> np.ndarray | None:
    if cluster is None:
        return told.cluster
    labels = np.asarray(cluster)
    if labels.shape != told.rows.exit.shape:
        raise InputError(
            f"cluster has shape {labels.shape}, and there are {told.rows.exit.size} rows: give one "
            "label a row."
        )
    codes: np.ndarray = np.unique(labels, return_inverse=True)[1]
    return codes


def _result(
    told: _Told,
    pairs: PairCounts,
    variance: float,
    codes: np.ndarray | None,
    weighting: str,
    limit: float,
    conf_level: float,
) -> Concordance:
    std_error = float(np.sqrt(variance))
    reach = float(ndtri(0.5 + conf_level / 2.0)) * std_error
    n = told.rows.exit.size
    return Concordance(
        estimate=pairs.estimate,
        std_error=std_error,
        lower=max(pairs.estimate - reach, 0.0),
        upper=min(pairs.estimate + reach, 1.0),
        concordant=pairs.concordant,
        discordant=pairs.discordant,
        tied_score=pairs.tied_score,
        tied_time=pairs.tied_time,
        tied_both=pairs.tied_both,
        n=n,
        events=int(np.count_nonzero(told.rows.event)),
        clusters=n if codes is None else np.unique(codes).size,
        weighting=weighting,
        tau=limit,
        conf_level=conf_level,
        unit=told.histories.grid.unit,
        origin=told.histories.grid.origin,
        method=_METHODS[weighting],
        influence=pairs.influence,
        dropped=told.dropped,
    )
