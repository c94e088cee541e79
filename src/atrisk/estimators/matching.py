"""Matching-adjusted weights: a cohort made to look like a published one in its averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.estimators.logistic_input import column_of
from atrisk.estimators.propensity import effective_size
from atrisk.estimators.result import Result, label_array
from atrisk.frames import Levels
from atrisk.sources.validate import Field, numbers

__all__ = ["MatchingWeights", "matching_weights"]

_MOST_STEPS = 200
_BALANCED = 1e-10  # of a standard deviation
_FAR = 40.0  # standard deviations of exponent: what no cohort of people needs


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MatchingWeights(Result):
    """Weights under which a cohort has the averages that a paper prints, and how far they reach.

    Attributes
    ----------
    covariate, statistic
        shape (k,): the column (and level), and what was matched: ``mean``, ``share`` or ``sd``.
    target, before, after
        shape (k,): the published value, and that of the cohort without and with weights.
    difference_before, difference_after
        shape (k,): less the target, in standard deviations of the cohort.
    weights
        shape (n,): of the rows analysed; they sum to ``n``.
    row
        shape (n,): their numbers in the data, from 1.
    n, effective_n
        rows analysed, and Kish's effective size.
    largest_share
        of the weight in one row.
    missing
        rows left out because a covariate is missing.
    method, notes
        by name.
    """

    covariate: np.ndarray
    statistic: np.ndarray
    target: np.ndarray
    before: np.ndarray
    after: np.ndarray
    difference_before: np.ndarray
    difference_after: np.ndarray
    weights: np.ndarray
    row: np.ndarray
    n: int
    effective_n: float
    largest_share: float
    missing: int
    rows_in: int
    method: str
    notes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give covariate, statistic, target, before, after and the differences: a row each."""
        names = (
            "covariate", "statistic", "target", "before", "after",
            "difference_before", "difference_after",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def for_rows(self) -> np.ndarray:
        """Give the weight of each row of the data, shape (rows,); NaN where it was left out."""
        out = np.full(self.rows_in, np.nan)
        out[self.row - 1] = self.weights
        return out


def matching_weights(
    df: Any,  # noqa: ANN401 - any frame that narwhals reads, or name -> array
    means: Mapping[str, float | Mapping[str, float]],
    *,
    sds: Mapping[str, float] | None = None,
) -> MatchingWeights:
    """Weigh the patients of a cohort so that their averages are those of a published one.

    Parameters
    ----------
    df
        the cohort: a frame, or a mapping of names to arrays.
    means
        column -> the published mean; of a 0/1 column its share (0 to 1); of a column of text level
        -> share.
    sds
        column -> the published standard deviation, to be matched as well (n - 1 in neither).

    Returns
    -------
    MatchingWeights

    Raises
    ------
    InputError
        a column or level does not exist, a target lies outside what the cohort holds, or no
        weights give all targets together.

    Notes
    -----
    w_i is proportional to exp(a'(x_i - target)), with a such that the weighted means of x are the
    targets: the weights closest to equal ones (in entropy) that do so. A standard deviation is
    matched through the mean of x^2, sd^2 + mean^2. Analyse with a robust variance
    (``cox(..., weights=, robust=True)``); it takes the weights as given. Only covariates that are
    matched are adjusted for: without a common comparator the comparison rests on the assumption
    that no other prognostic factor differs.

    References
    ----------
    Signorovitch JE et al. (2010) Pharmacoeconomics 28:935. Phillippo DM et al. (2016) NICE DSU
    Technical Support Document 18, section 2.1.

    Examples
    --------
    >>> found = matching_weights({"age": [30, 40, 50, 60]}, {"age": 50})
    >>> found.weights.round(3), round(found.effective_n, 2)
    (array([0.479, 0.728, 1.108, 1.685]), 3.31)
    """
    if not isinstance(means, Mapping) or not means:
        raise InputError(
            f"means={means!r}: give column -> published mean, for one or more columns."
        )
    terms = [*_means(df, means), *_squares(df, means, sds or {})]
    values = np.column_stack([term.values for term in terms])
    known = ~np.isnan(values).any(axis=1)
    if not known.any():
        raise InputError("no row has all covariates: nothing can be weighted.")
    return _matched(terms, values[known], known)


@dataclass(frozen=True, slots=True)
class _Term:
    """A column to be matched: itself, and the values whose mean is to be the target."""

    name: str
    statistic: str
    raw: np.ndarray
    values: np.ndarray
    target: float
    printed: float


def _means(df: Any, means: Mapping[str, Any]) -> list[_Term]:  # noqa: ANN401 - any frame
    terms = []
    for name, target in means.items():
        column = column_of(df, name, "covariate")
        if isinstance(column, Levels):
            terms += _levels(name, column, target)
            continue
        values = _numbers(name, column)
        binary = np.isin(values[~np.isnan(values)], (0.0, 1.0)).all()
        given = _share(name, target) if binary else _target(name, target)
        terms.append(_Term(name, "share" if binary else "mean", values, values, given, given))
    return terms


def _levels(name: str, column: Levels, target: object) -> list[_Term]:
    labels = column.labels
    if not isinstance(target, Mapping):
        raise InputError(
            f"{name!r} is a column of text: give its target as level -> share. Levels are"
            f" {listed(labels)}."
        )
    absent = [level for level in target if level not in labels]
    if absent:
        raise InputError(f"{name!r} has no level {listed(absent)}. Levels are {listed(labels)}.")
    shares = {level: _share(f"{name}={level}", share) for level, share in target.items()}
    _whole(name, labels, shares)
    gap = np.where(column.codes < 0, np.nan, 0.0)
    return [
        _level(name, level, (column.codes == labels.index(level)) + gap, shares[level])
        for level in shares
    ]


def _level(name: str, level: str, values: np.ndarray, share: float) -> _Term:
    return _Term(f"{name}={level}", "share", values, values, share, share)


def _whole(name: str, labels: Sequence[str], shares: Mapping[str, float]) -> None:
    """Refuse shares of all levels that do not sum to 1, as rounded ones do."""
    total = sum(shares.values())
    if total > 1.0 + 1e-9:
        raise InputError(f"the shares of {name!r} sum to more than 1: {dict(shares)!r}.")
    if set(shares) == set(labels) and total < 1.0 - 1e-9:
        raise InputError(
            f"the shares of {name!r} sum to {total:g} and name every level of the cohort: no"
            " weights give them. Leave one level out; its share follows from the others."
        )


def _squares(
    df: Any,  # noqa: ANN401 - any frame
    means: Mapping[str, Any],
    sds: Mapping[str, float],
) -> list[_Term]:
    """Match a standard deviation through the mean of squares, about the target for precision."""
    terms = []
    for name, sd in sds.items():
        if name not in means:
            raise InputError(f"sds names {name!r}, means does not: a spread needs its mean.")
        spread, centre = _target(name, sd), _target(name, means[name])
        if spread <= 0.0:
            raise InputError(f"sds={{{name!r}: {sd!r}}}: give a number above 0.")
        values = _numbers(name, column_of(df, name, "covariate"))
        terms.append(_Term(name, "sd", values, (values - centre) ** 2, spread**2, spread))
    return terms


def _numbers(name: str, column: object) -> np.ndarray:
    if isinstance(column, Levels):
        raise InputError(f"{name!r} is a column of text; it has no standard deviation.")
    return numbers(Field("covariate", name, np.asarray(column))).astype(float)


def _target(name: str, value: object) -> float:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise InputError(f"the target of {name!r} is {value!r}: give a number.")
    if not np.isfinite(value):
        raise InputError(f"the target of {name!r} is {value!r}: give a number.")
    return float(value)


def _share(name: str, value: object) -> float:
    share = _target(name, value)
    if share < 0.0:
        raise InputError(f"the target of {name!r} is {share:g}: a share is not below 0.")
    if share > 1.0:
        percent = share if 2.0 <= share <= 100.0 else 56.0
        raise InputError(
            f"the target of {name!r} is {share:g}; shares are fractions: write"
            f" {percent / 100.0:g} for {percent:g} %."
        )
    return share


def _matched(terms: list[_Term], values: np.ndarray, known: np.ndarray) -> MatchingWeights:
    target = np.array([term.target for term in terms])
    _reachable(terms, values)
    weights = _weights(terms, values, target)
    printed = np.array([term.printed for term in terms])
    raw = np.column_stack([term.raw for term in terms])[known]
    spread = np.where((deviation := raw.std(axis=0)) > 0.0, deviation, 1.0)
    before, after = raw.mean(axis=0), weights @ raw / weights.sum()
    squared = np.array([term.statistic == "sd" for term in terms])
    about = weights @ (raw - after) ** 2 / weights.sum()
    before, after = (
        np.where(squared, deviation, before),
        np.where(squared, np.sqrt(about), after),
    )
    return MatchingWeights(
        covariate=label_array(tuple(term.name for term in terms)),
        statistic=label_array(tuple(term.statistic for term in terms)),
        target=printed,
        before=before,
        after=after,
        difference_before=(before - printed) / spread,
        difference_after=(after - printed) / spread,
        weights=weights,
        row=np.flatnonzero(known) + 1,
        n=int(known.sum()),
        effective_n=effective_size(weights),
        largest_share=float(weights.max() / weights.sum()),
        missing=int((~known).sum()),
        rows_in=known.size,
        method="matching-adjusted weights by the method of moments",
        notes=_notes(weights, known),
    )


def _reachable(terms: list[_Term], values: np.ndarray) -> None:
    """Refuse a target that no weights can give: it is outside the values of the cohort."""
    for term, column in zip(terms, values.T, strict=True):
        low, high = float(column.min()), float(column.max())
        inside = low < term.target < high or low == high == term.target
        if not inside:
            shown = "squared deviations" if term.statistic == "sd" else "values"
            raise InputError(
                f"{term.name!r}: the published {term.statistic} is {term.printed:g}, and the"
                f" {shown} of the cohort run from {low:g} to {high:g}: no weights give it. Leave"
                " the covariate out, or compare with another cohort."
            )


def _weights(terms: list[_Term], values: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Find the exponents by Newton's method on the convex log sum exp(a'z), z standardised."""
    spread = values.std(axis=0)
    z = (values - target) / np.where(spread > 0.0, spread, 1.0)
    exponent = np.zeros(z.shape[1])
    objective = _log_sum(z @ exponent)
    for _ in range(_MOST_STEPS):
        weight = _softmax(z @ exponent)
        gradient = weight @ z
        if np.abs(gradient).max() < _BALANCED:
            return weight * weight.size
        curvature = (z * weight[:, None]).T @ z - np.outer(gradient, gradient)
        step = np.linalg.lstsq(curvature, gradient, rcond=1e-12)[0]
        length = 1.0
        # near the end the objective moves by less than its rounding, and full steps are right
        limit = objective + 1e-12
        while (tried := _log_sum(z @ (exponent - length * step))) > limit and length > 1e-10:
            length /= 2.0
        exponent, objective = exponent - length * step, tried
        if np.abs(exponent).max() > _FAR:
            break
    names = listed([f"{term.name} {term.statistic}" for term in terms])
    raise InputError(
        f"no weights give all targets together ({names}): each is within the values of the cohort,"
        " their combination is not. Match fewer covariates."
    )


def _log_sum(linear: np.ndarray) -> float:
    top = linear.max()
    return float(top + np.log(np.exp(linear - top).sum()))


def _softmax(linear: np.ndarray) -> np.ndarray:
    raised = np.exp(linear - linear.max())
    shares: np.ndarray = raised / raised.sum()
    return shares


def _notes(weights: np.ndarray, known: np.ndarray) -> tuple[str, ...]:
    notes = []
    if missing := int((~known).sum()):
        many = "1 row is" if missing == 1 else f"{missing} rows are"
        notes.append(f"{many} left out: a covariate is missing")
    share = effective_size(weights) / weights.size
    if share < 0.5:
        notes.append(
            f"the weights leave {100.0 * share:.0f} % of the patients effectively: the cohorts are"
            " unlike, and the comparison rests on few patients"
        )
    return tuple(notes)
