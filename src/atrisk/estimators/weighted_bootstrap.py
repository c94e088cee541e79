"""Effects after propensity weighting, with errors that count the estimation of the scores."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.logistic import fit_logistic
from atrisk.engine.logistic_rows import logistic_model
from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.logistic_fitting import warn_aliased
from atrisk.estimators.logistic_input import binary_data, kept_columns, outcome_of
from atrisk.estimators.propensity import weight_rule
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import numbers_from, require_choice, require_level
from atrisk.estimators.weighted_samples import NotDefinedError, Study, effects
from atrisk.sources.histories import Histories
from atrisk.sources.model import model_rows
from atrisk.sources.selection import input_rows, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.estimators.propensity import WeightRule
    from atrisk.sources.histories import Dropped

__all__ = ["WeightedEffects", "weighted_bootstrap"]

_FEW_FAILURES = 0.05
_MOST_FAILURES = 0.5
_HAZARD = "log hazard ratio"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class WeightedEffects(Result):
    """Effects of a treatment after propensity weighting, with bootstrap errors.

    Attributes
    ----------
    quantity
        shape (k,): ``log hazard ratio``, ``survival difference``, ``cumulative incidence
        difference`` or ``risk difference``; treated less untreated.
    time
        shape (k,): in ``unit`` since ``origin``; NaN where the quantity has none.
    estimate
        shape (k,): from all rows.
    std_error, lower, upper
        shape (k,): standard deviation and percentiles of the samples.
    samples
        shape (draws that succeeded, k).
    draws, failed, seed
        samples drawn; those in which a model had no finite estimate; and the seed.
    n, estimand, ties, conf_level, unit, origin, method
        what was analysed and how.
    dropped
        rows left out for missing values.
    """

    quantity: np.ndarray
    time: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    samples: np.ndarray
    draws: int
    failed: int
    seed: int
    n: int
    estimand: str
    ties: str
    conf_level: float
    unit: str
    origin: str
    method: str
    dropped: Dropped = field(repr=False)

    def columns(self) -> dict[str, np.ndarray]:
        """Give quantity, time, estimate, std_error, lower, upper."""
        names = ("quantity", "time", "estimate", "std_error", "lower", "upper")
        return {name: getattr(self, name) for name in names}


def weighted_bootstrap(
    formula: str,
    df: Any,  # noqa: ANN401 - any frame that narwhals reads, or name -> array
    h: Histories | None = None,
    *,
    event: object = None,
    estimand: str = "ate",
    stabilised: bool = False,
    trim: float | tuple[float, float] | None = None,
    truncate: float | None = None,
    times: Sequence[float] = (),
    cause: str | None = None,
    outcome: str | None = None,
    outcome_event: object = None,
    ties: str = "efron",
    draws: int = 1000,
    seed: int,
    conf_level: float = 0.95,
) -> WeightedEffects:
    """Estimate effects after propensity weighting; scores are estimated again in every sample.

    Parameters
    ----------
    formula, df, event, estimand, stabilised, trim, truncate
        the propensity model, as in `propensity_weights`.
    h
        histories of the same rows, without weights: gives the log hazard ratio of Cox's model with
        the treatment alone, and the differences at ``times``.
    times
        in the unit of ``h``: difference of survival, or of cumulative incidence with ``cause``.
    cause
        the cause of ``h`` whose hazard and cumulative incidence are compared.
    outcome, outcome_event
        a binary column of ``df`` and the value of it that is the event (if not 0/1): gives the
        difference of weighted risks.
    ties
        ``"efron"`` or ``"breslow"``.
    draws, seed
        number of samples of rows with replacement, and where they start; the seed is required, so
        that the result can be found again.
    conf_level
        of the percentile intervals.

    Returns
    -------
    WeightedEffects

    Raises
    ------
    InputError
        options contradict each other, rows do not fit, a time is beyond the follow-up of a group,
        or models fail in more than half of the samples.

    Warns
    -----
    AtRiskWarning
        models failed in more than 5% of the samples, which are left out.

    Notes
    -----
    A robust variance takes weights as known. It is conservative for the ATE with well specified
    scores and may err either way for other estimands; the bootstrap of the whole analysis counts
    that scores, bounds of trimming and ceilings were estimated.

    References
    ----------
    Austin PC (2016) Stat Med 35:5642. Efron B, Tibshirani RJ (1993) An Introduction to the
    Bootstrap, 6 and 13. Austin PC (2013) Stat Med 32:2837 (hazard ratios after weighting).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> severe = rng.integers(0, 2, 80)
    >>> rows = {"severe": severe, "treated": rng.random(80) < 0.3 + 0.4 * severe,
    ...         "dead": rng.random(80) < 0.2 + 0.3 * severe}
    >>> found = weighted_bootstrap("treated ~ severe", rows, outcome="dead", draws=50, seed=1)
    >>> found.quantity.tolist(), found.failed
    (['risk difference'], 0)
    """
    require_level(conf_level)
    require_choice("ties", ties, ("efron", "breslow"))
    _require_draws(draws, seed)
    rule = weight_rule(estimand, trim, truncate, stabilised=stabilised)
    at = numbers_from("times", times, "times in the unit of h") if np.size(times) else np.empty(0)
    _require_something(h, at, cause, outcome)
    study, dropped = _study(
        formula, df, h, event, rule, at, cause, outcome, outcome_event, efron=ties == "efron"
    )
    estimate = _whole(study)
    samples, failed = _samples(study, draws, seed)
    _report_failures(failed, draws, estimand)
    tail = (1.0 - conf_level) / 2.0
    lower, upper = np.quantile(samples, [tail, 1.0 - tail], axis=0)
    quantity, time = _names(study, at, cause)
    return WeightedEffects(
        quantity=label_array(quantity),
        time=time,
        estimate=estimate,
        std_error=samples.std(axis=0, ddof=1),
        lower=lower,
        upper=upper,
        samples=samples,
        draws=draws,
        failed=failed,
        seed=seed,
        n=study.treated.size,
        estimand=estimand,
        ties=ties,
        conf_level=conf_level,
        unit="" if h is None else h.grid.unit,
        origin="" if h is None else h.grid.origin,
        method=f"{estimand} weights, bootstrap of scores and outcome, percentile intervals",
        dropped=dropped,
    )


def _require_draws(draws: object, seed: object) -> None:
    whole = isinstance(draws, int | np.integer) and not isinstance(draws, bool)
    if not whole or int(draws) < 2:  # type: ignore[call-overload]
        raise InputError(f"draws={draws!r}: give a whole number, such as 1000.")
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise InputError(f"seed={seed!r}: give a whole number, so that the result can be repeated.")


def _require_something(
    h: Histories | None, at: np.ndarray, cause: str | None, outcome: str | None
) -> None:
    if h is None and outcome is None:
        raise InputError("give histories, or the column of a binary outcome: outcome='...'.")
    if h is None and (at.size or cause is not None):
        raise InputError("times and cause belong to histories: pass h.")
    if h is None:
        return
    if not isinstance(h, Histories):
        raise InputError(f"Histories are expected, not {type(h).__name__}.")
    if h.weights is not None or (h.subject is not None and np.unique(h.subject).size < len(h)):
        raise InputError(
            "histories with weights, or with several rows of a subject, cannot be weighted here: "
            "pass one row a subject, without weights."
        )
    if cause is not None and cause not in h.causes:
        raise InputError(f"cause={cause!r}: causes are {', '.join(map(repr, h.causes))}.")


def _study(
    formula: str,
    df: Any,  # noqa: ANN401 - as above
    h: Histories | None,
    event: object,
    rule: WeightRule,
    at: np.ndarray,
    cause: str | None,
    outcome: str | None,
    outcome_event: object,
    *,
    efron: bool,
) -> tuple[Study, Dropped]:
    """Take the rows that have covariates, histories and outcome, and fit the scores."""
    data = binary_data(formula, df, event, None, None, "drop")
    usable = data.kept.copy()
    there = np.arange(usable.size)
    if h is not None:
        there = input_rows(h)
        if len(h) + len(h.dropped) != usable.size:
            raise InputError(
                f"there are {len(h) + len(h.dropped)} histories and {usable.size} rows of the "
                "frame: make the histories of the same rows, in the same order."
            )
        usable &= np.isin(np.arange(usable.size), there)
    risk = None if outcome is None else outcome_of(df, outcome, outcome_event)[0]
    if risk is not None:
        usable &= ~np.isnan(risk)
    inside = usable[data.kept]
    kept, _, aliased = kept_columns(data.design.x[inside], data.design.names, data.design.terms)
    warn_aliased(aliased)
    treated = data.outcome[inside] == 1.0
    offset = None if data.design.offset is None else data.design.offset[inside]
    ones = np.ones(treated.size)
    x = np.ascontiguousarray(data.design.x[inside][:, kept])
    model = logistic_model(x, treated.astype(float), ones, offset)
    own = None if h is None else taken(h, usable[there])
    code = None if h is None or cause is None else h.causes.index(cause) + 1
    rows = None if own is None else model_rows(own, treated.astype(float)[:, None], cause=code)
    places = np.empty(0, dtype=np.int64)
    if own is not None and at.size:
        _require_followed(own, treated, at)
        places = np.searchsorted(own.grid.times, at, side="right") - 1
    return Study(
        model=model,
        treated=treated,
        rule=rule,
        start=fit_logistic(model).beta,
        rows=rows,
        histories=own,
        cause=code,
        places=places,
        outcome=None if risk is None else risk[usable],
        efron=efron,
    ), data.dropped


def _require_followed(h: Histories, treated: np.ndarray, at: np.ndarray) -> None:
    for name, part in (("treated", treated), ("untreated", ~treated)):
        last = float(h.grid.times[h.exit[part].max()])
        if (at > last).any() or (at < 0.0).any():
            raise InputError(
                f"times={at.tolist()}: {name} rows are followed from 0 to {last:g} {h.grid.unit}."
            )


def _whole(study: Study) -> np.ndarray:
    try:
        return effects(study, np.arange(study.treated.size))
    except NotDefinedError as error:
        raise InputError(
            f"{error} in the data as they are: the effect cannot be estimated. Look at "
            "propensity_weights and balance of these rows first."
        ) from None


def _samples(study: Study, draws: int, seed: int) -> tuple[np.ndarray, int]:
    rng = np.random.default_rng(seed)
    n, found, failed = study.treated.size, [], 0
    for _ in range(draws):
        chosen = np.sort(rng.integers(0, n, n))
        try:
            found.append(effects(study, chosen))
        except NotDefinedError:
            failed += 1
    if failed > _MOST_FAILURES * draws:
        raise InputError(
            f"{failed} of {draws} samples have no finite estimate, for lack of overlap or of "
            "events: the data are too few for this model. Use fewer covariates."
        )
    return np.array(found), failed


def _report_failures(failed: int, draws: int, estimand: str) -> None:
    if failed > _FEW_FAILURES * draws:
        other = "" if estimand == "overlap" else ", or the weights of the overlap"
        warnings.warn(
            f"{failed} of {draws} samples had no finite estimate and are left out: errors are "
            f"likely too small. Use fewer covariates{other}.",
            AtRiskWarning,
            stacklevel=3,
        )


def _names(study: Study, at: np.ndarray, cause: str | None) -> tuple[tuple[str, ...], np.ndarray]:
    quantity: list[str] = []
    time: list[float] = []
    if study.rows is not None:
        kind = "survival" if cause is None else "cumulative incidence"
        quantity += [_HAZARD, *[f"{kind} difference"] * at.size]
        time += [np.nan, *at.tolist()]
    if study.outcome is not None:
        quantity.append("risk difference")
        time.append(np.nan)
    return tuple(quantity), np.array(time)
