"""Weights from propensity scores: who would have been treated, and how much each row counts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import AtRiskWarning, InputError, listed
from atrisk.estimators.logistic import fit_binary
from atrisk.estimators.logistic_input import binary_data
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_choice, require_flag

if TYPE_CHECKING:
    from atrisk.estimators.logistic import LogisticFit
    from atrisk.sources.histories import Dropped

__all__ = [
    "ESTIMANDS",
    "PropensityWeights",
    "WeightGroups",
    "WeightRule",
    "effective_size",
    "propensity_weights",
    "weight_rule",
]

ESTIMANDS = ("ate", "att", "overlap")
_EXTREME = 0.01  # a score nearer to 0 or 1 than this: hardly anybody alike in the other group
_LARGE_SHARE = 0.1  # of a group's weight in one row


@dataclass(frozen=True, slots=True)
class WeightRule:
    """How scores become weights; parameters as in `propensity_weights`."""

    estimand: str
    stabilised: bool
    trim: float | tuple[float, float] | None
    truncate: float | None

    def bounds(self, treated: np.ndarray, score: np.ndarray) -> tuple[float, float]:
        """Give the scores outside which rows are left out."""
        if self.trim is None:
            return 0.0, 1.0
        if isinstance(self.trim, tuple):
            return self.trim
        return (
            float(np.quantile(score[treated], self.trim)),
            float(np.quantile(score[~treated], 1.0 - self.trim)),
        )

    def weights(self, treated: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the weight of each row, 0 for those trimmed, and the ceiling of each group.

        Parameters
        ----------
        treated
            shape (n,), bool.
        score
            shape (n,), inside (0, 1).

        Returns
        -------
        weights : ndarray, shape (n,)
        ceiling : ndarray, shape (2,)
            of the untreated and the treated; infinite where weights are not truncated.
        """
        weights = _WEIGHTS[self.estimand](treated, score)
        if self.stabilised:
            share = treated.mean()
            weights = weights * np.where(treated, share, 1.0 - share)
        low, high = self.bounds(treated, score)
        weights[(score < low) | (score > high)] = 0.0
        ceiling = np.full(2, np.inf)
        if self.truncate is not None:
            for group in (0, 1):
                own = weights[(treated == bool(group)) & (weights > 0.0)]
                ceiling[group] = np.quantile(own, 1.0 - self.truncate) if own.size else np.inf
            weights = np.minimum(weights, ceiling[treated.astype(np.intp)])
        return weights, ceiling


def _ate(treated: np.ndarray, score: np.ndarray) -> np.ndarray:
    return np.where(treated, 1.0 / score, 1.0 / (1.0 - score))


def _att(treated: np.ndarray, score: np.ndarray) -> np.ndarray:
    return np.where(treated, 1.0, score / (1.0 - score))


def _overlap(treated: np.ndarray, score: np.ndarray) -> np.ndarray:
    return np.where(treated, 1.0 - score, score)


_WEIGHTS = {"ate": _ate, "att": _att, "overlap": _overlap}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class WeightGroups(Result):
    """How much of each group is left after weighting.

    Attributes
    ----------
    group
        shape (2,), labels: untreated, treated.
    n
        shape (2,): rows analysed.
    trimmed, truncated
        shape (2,): rows left out for their score, and rows whose weight was lowered.
    total
        shape (2,): sum of weights.
    effective_n
        shape (2,): (sum w)^2 / sum w^2, the size of an unweighted group with the same precision.
    largest
        shape (2,): largest weight.
    lowest_score, highest_score
        shape (2,): of all rows analysed.
    """

    group: np.ndarray
    n: np.ndarray
    trimmed: np.ndarray
    truncated: np.ndarray
    total: np.ndarray
    effective_n: np.ndarray
    largest: np.ndarray
    lowest_score: np.ndarray
    highest_score: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """Give the attributes in their order."""
        names = (
            "group", "n", "trimmed", "truncated", "total", "effective_n", "largest",
            "lowest_score", "highest_score",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PropensityWeights(Result):
    """Weights that make treated and untreated rows alike in their covariates.

    Attributes
    ----------
    row
        shape (n,): of the input, from 1; the rows with all values.
    treated
        shape (n,), bool.
    score
        shape (n,): probability of treatment given the covariates.
    weight
        shape (n,): 0 for rows that were trimmed.
    trimmed
        shape (t,): rows of the input, from 1, left out for their score.
    truncated
        shape (u,): rows of the input whose weight was lowered.
    bounds
        the scores outside which rows were trimmed.
    ceiling
        shape (2,): largest weight allowed of the untreated and the treated.
    rows_in
        rows of the input.
    estimand, method
        by name.
    stabilised
        whether weights were multiplied by the share of their group.
    notes
        where groups hardly overlap.
    groups
        labels of the untreated and the treated.
    dropped
        rows left out for missing values.
    rule
        how scores became weights.
    fit
        the model of the score.
    """

    row: np.ndarray
    treated: np.ndarray
    score: np.ndarray
    weight: np.ndarray
    trimmed: np.ndarray
    truncated: np.ndarray
    bounds: tuple[float, float]
    ceiling: np.ndarray
    rows_in: int
    estimand: str
    method: str
    stabilised: bool
    notes: tuple[str, ...]
    groups: tuple[str, str]
    dropped: Dropped
    rule: WeightRule
    fit: LogisticFit = field(repr=False)

    def columns(self) -> dict[str, np.ndarray]:
        """Give row, treated, score, weight."""
        return {name: getattr(self, name) for name in ("row", "treated", "score", "weight")}

    def __repr__(self) -> str:
        """Say what was weighted; the weights are in ``to_frame()``."""
        return (
            f"PropensityWeights(estimand={self.estimand!r}, n={self.row.size}, "
            f"treated={int(self.treated.sum())}, trimmed={self.trimmed.size}, "
            f"dropped={len(self.dropped)})"
        )

    def for_rows(self) -> np.ndarray:
        """Lay the weights out along the input, as a column for `Histories.from_frame`.

        Returns
        -------
        ndarray
            shape (rows_in,): 0 for rows that were trimmed or had missing values, and so count
            as absent.
        """
        out = np.zeros(self.rows_in)
        out[self.row - 1] = self.weight
        return out

    def by_group(self) -> WeightGroups:
        """Count rows, trimmed rows and the effective size of both groups.

        Returns
        -------
        WeightGroups
        """
        parts = [self.treated == bool(group) for group in (0, 1)]
        return WeightGroups(
            group=label_array(self.groups),
            n=np.array([int(part.sum()) for part in parts]),
            trimmed=_counted(parts, np.isin(self.row, self.trimmed)),
            truncated=_counted(parts, np.isin(self.row, self.truncated)),
            total=np.array([self.weight[part].sum() for part in parts]),
            effective_n=np.array([effective_size(self.weight[part]) for part in parts]),
            largest=np.array([self.weight[part].max() for part in parts]),
            lowest_score=np.array([self.score[part].min() for part in parts]),
            highest_score=np.array([self.score[part].max() for part in parts]),
        )


def _counted(parts: list[np.ndarray], hit: np.ndarray) -> np.ndarray:
    return np.array([int((part & hit).sum()) for part in parts])


def effective_size(weight: np.ndarray) -> float:
    """Give Kish's effective sample size (sum w)^2 / sum w^2.

    Kish L (1965) Survey Sampling, 8.2.
    """
    squares = float(weight @ weight)
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def propensity_weights(
    formula: str,
    df: Any,  # noqa: ANN401 - any frame that narwhals reads, or name -> array
    *,
    event: object = None,
    estimand: str = "ate",
    stabilised: bool = False,
    trim: float | tuple[float, float] | None = None,
    truncate: float | None = None,
    missing: str = "drop",
) -> PropensityWeights:
    """Weight rows by the inverse of the chance of the treatment they had, or a relative of it.

    Parameters
    ----------
    formula
        ``"treated ~ age + sex + disease"``: the treatment and what it may have depended on, known
        before the treatment began.
    df
        a frame, or a mapping of names to arrays.
    event
        the value of the treatment's column that means treated; needed where that is not 0/1 or
        true/false.
    estimand
        ``"ate"``: the effect in everybody. ``"att"``: in those treated. ``"overlap"``: in those
        who might have had either, most at a score of 1/2.
    stabilised
        multiply ATE weights by the share of the row's group, so that they sum to about n.
    trim
        leave out rows with a score outside ``(low, high)``, such as (0.1, 0.9); or, for one number
        q below 1/2, outside the q quantile of the treated's scores and the 1 - q quantile of the
        untreated's.
    truncate
        lower weights above the 1 - truncate quantile of their group to it, such as 0.01.
    missing
        ``"drop"`` or ``"error"``.

    Returns
    -------
    PropensityWeights
        pass ``for_rows()`` as weights of `Histories`; curves, log-rank and Cox then take the
        robust variance.

    Raises
    ------
    InputError
        an option does not exist, the treatment is separated by the covariates (some rows could
        not have had the other), or nobody is left in a group.

    Warns
    -----
    AtRiskWarning
        scores are near 0 or 1, or one row has a tenth of its group's weight.

    Notes
    -----
    With score e and z = 1 for treated: ATE z/e + (1 - z)/(1 - e); ATT z + (1 - z) e/(1 - e);
    overlap z (1 - e) + (1 - z) e. Scores are not estimated again after trimming.

    The robust variance takes weights as known. For the ATE that is conservative (too wide on
    average), for other estimands it may err either way; `weighted_bootstrap` estimates the scores
    again in every sample and is valid for all.

    References
    ----------
    Rosenbaum PR, Rubin DB (1983) Biometrika 70:41. Robins JM, Hernan MA, Brumback B (2000)
    Epidemiology 11:550 (stabilised). Li F, Morgan KL, Zaslavsky AM (2018) J Am Stat Assoc 113:390,
    table 1 (overlap, ATT). Crump RK et al (2009) Biometrika 96:187 (bounds). Sturmer T et al (2010)
    Am J Epidemiol 172:843 (quantiles). Cole SR, Hernan MA (2008) Am J Epidemiol 168:656
    (truncation). Austin PC (2016) Stat Med 35:5642 (variance).

    Examples
    --------
    >>> rows = {"treated": [1, 1, 1, 0, 1, 0, 0, 0], "severe": [1, 1, 1, 1, 0, 0, 0, 0]}
    >>> found = propensity_weights("treated ~ severe", rows)
    >>> [round(float(w), 3) for w in found.weight]
    [1.333, 1.333, 1.333, 4.0, 4.0, 1.333, 1.333, 1.333]
    """
    rule = weight_rule(estimand, trim, truncate, stabilised=stabilised)
    data = binary_data(formula, df, event, None, None, missing)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = fit_binary(data, robust=False, firth=False, conf_type="wald", conf_level=0.95)
    _refuse_separated(fit)
    for warning in caught:
        warnings.warn(str(warning.message), AtRiskWarning, stacklevel=2)
    treated = data.outcome == 1.0
    score = fit.predict().estimate
    weight, ceiling = rule.weights(treated, score)
    low, high = rule.bounds(treated, score)
    rows = np.flatnonzero(data.kept) + 1
    _require_both(treated, weight, (low, high))
    whole, _ = weight_rule(estimand, trim, None, stabilised=stabilised).weights(treated, score)
    notes = _overlap_notes(rows, treated, score, weight, estimand)
    for note in notes:
        warnings.warn(note, AtRiskWarning, stacklevel=2)
    return PropensityWeights(
        row=rows,
        treated=treated,
        score=score.copy(),
        weight=weight,
        trimmed=rows[(score < low) | (score > high)],
        truncated=rows[weight < whole],
        bounds=(low, high),
        ceiling=ceiling,
        rows_in=data.kept.size,
        estimand=estimand,
        method=f"propensity score by logistic regression, {estimand} weights",
        stabilised=stabilised,
        notes=notes,
        groups=_group_labels(data.response),
        dropped=data.dropped,
        rule=rule,
        fit=fit,
    )


def _group_labels(response: str) -> tuple[str, str]:
    return f"not {response}", response


def weight_rule(
    estimand: str,
    trim: float | tuple[float, float] | None,
    truncate: float | None,
    *,
    stabilised: bool,
) -> WeightRule:
    """Check the options of `propensity_weights`."""
    require_choice("estimand", estimand, ESTIMANDS)
    require_flag("stabilised", stabilised)
    if stabilised and estimand != "ate":
        raise InputError(
            f"stabilised=True belongs to estimand='ate'; {estimand!r} weights are bounded without."
        )
    if isinstance(trim, list | tuple):
        pair = tuple(float(value) for value in trim)
        if len(pair) != 2 or not 0.0 <= pair[0] < pair[1] <= 1.0:
            raise InputError(f"trim={trim!r}: give (low, high) scores, such as (0.1, 0.9).")
        return WeightRule(estimand, stabilised, (pair[0], pair[1]), _share("truncate", truncate))
    return WeightRule(estimand, stabilised, _share("trim", trim), _share("truncate", truncate))


def _share(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 0.5:
        raise InputError(
            f"{name}={value!r}: give a quantile between 0 and 1/2, such as 0.01"
            + (", or scores (low, high)." if name == "trim" else ".")
        )
    return float(value)


def _refuse_separated(fit: LogisticFit) -> None:
    if fit.separation != "none":
        shown = [name for name in fit.endless if name != "(intercept)"] or list(fit.endless)
        raise InputError(
            f"{fit.response}: {listed(map(repr, shown))} tells with certainty who of some rows was "
            "treated, so that these have nobody to be compared with and their weights are "
            "infinite. Leave those rows out of the study population, or join levels."
        )


def _require_both(treated: np.ndarray, weight: np.ndarray, bounds: tuple[float, float]) -> None:
    for name, part in (("treated", treated), ("untreated", ~treated)):
        if not weight[part].any():
            raise InputError(
                f"no {name} row has a score within {bounds[0]:.3g} and {bounds[1]:.3g}: choose "
                "wider bounds of trim."
            )


def _overlap_notes(
    rows: np.ndarray, treated: np.ndarray, score: np.ndarray, weight: np.ndarray, estimand: str
) -> tuple[str, ...]:
    """Say where groups hardly overlap: scores at the ends, and rows that weigh too much."""
    notes = []
    far = (weight > 0.0) & ((score < _EXTREME) | (score > 1.0 - _EXTREME))
    if far.any() and estimand != "overlap":
        notes.append(
            f"the score of {far.sum()} rows is below {_EXTREME} or above {1 - _EXTREME}: row "
            f"{listed(rows[far])}. Hardly anybody alike had the other treatment; trim them, or "
            "use estimand='overlap'."
        )
    for name, part in (("treated", treated), ("untreated", ~treated)):
        heavy = part & (weight > _LARGE_SHARE * weight[part].sum())
        if heavy.any() and part.sum() > 2.0 / _LARGE_SHARE:
            notes.append(
                f"row {listed(rows[heavy])} has more than {_LARGE_SHARE:.0%} of the weight of the "
                f"{part.sum()} {name} rows: results rest on few rows. Trim or truncate."
            )
    return tuple(notes)
