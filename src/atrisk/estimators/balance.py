"""How alike two groups are in their covariates, before and after weighting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.logistic_input import column_of, outcome_of
from atrisk.estimators.propensity import PropensityWeights, effective_size
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_choice
from atrisk.frames import Levels
from atrisk.sources.validate import Field, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Balance", "balance"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Balance(Result):
    """Standardised differences of covariates between treated and untreated: a love plot's data.

    Attributes
    ----------
    covariate, level
        shape (k,): the column, and the level of a factor (empty for numbers).
    missing
        shape (k,): rows analysed that lack the value; they count in neither group.
    treated_before, untreated_before, treated_after, untreated_after
        shape (k,): means, of a level its share, without and with weights.
    difference_before, difference_after
        shape (k,): standardised mean differences, treated less untreated; NaN where nothing varies
        but the means differ.
    variance_ratio_before, variance_ratio_after
        shape (k,): of the treated to the untreated; NaN for levels.
    largest_before, largest_after
        the largest absolute standardised difference.
    n, effective_n
        shape (2,): rows of the untreated and the treated, and their effective size after weighting.
    denominator, method
        by name.
    """

    covariate: np.ndarray
    level: np.ndarray
    missing: np.ndarray
    treated_before: np.ndarray
    untreated_before: np.ndarray
    difference_before: np.ndarray
    variance_ratio_before: np.ndarray
    treated_after: np.ndarray
    untreated_after: np.ndarray
    difference_after: np.ndarray
    variance_ratio_after: np.ndarray
    largest_before: float
    largest_after: float
    n: np.ndarray
    effective_n: np.ndarray
    denominator: str
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give covariate, level, missing, and the means, differences and variance ratios."""
        names = (
            "covariate", "level", "missing",
            "treated_before", "untreated_before", "difference_before", "variance_ratio_before",
            "treated_after", "untreated_after", "difference_after", "variance_ratio_after",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def balance(
    df: Any,  # noqa: ANN401 - any frame that narwhals reads, or name -> array
    treatment: str,
    covariates: Sequence[str],
    weights: Any,  # noqa: ANN401 - PropensityWeights, a column or an array
    *,
    event: object = None,
    denominator: str = "unweighted",
) -> Balance:
    """Compare covariates of treated and untreated rows before and after weighting.

    Parameters
    ----------
    df
        a frame, or a mapping of names to arrays.
    treatment
        its column: 0/1, true/false, or with a value named by ``event``.
    covariates
        columns: numbers as they are, text and categories level by level.
    weights
        `PropensityWeights` of the same frame, a column, or an array of shape (n,); rows with a
        missing weight, or left out by the propensity model, are not analysed, rows of weight 0
        count before weighting only.
    event
        the value of the treatment's column that means treated.
    denominator
        the standard deviation of a difference after weighting: ``"unweighted"``, that before
        weighting, so that both differences have one scale; or ``"weighted"``.

    Returns
    -------
    Balance

    Raises
    ------
    InputError
        a column does not exist, nobody is in a group, or weights do not fit the rows.

    Notes
    -----
    d = (m_1 - m_0) / ((s_1^2 + s_0^2) / 2)^(1/2), s^2 the sample variance (n - 1) of numbers and
    p (1 - p) of a level or a 0/1 column. Weighted variances are sum w (x - m)^2 sum w / ((sum w)^2
    - sum w^2). A common rule calls |d| < 0.1 balanced.

    References
    ----------
    Austin PC (2009) Stat Med 28:3083, section 3. Austin PC (2011) Multivariate Behav Res 46:399.
    Austin PC, Stuart EA (2015) Stat Med 34:3661 (weighted forms).

    Examples
    --------
    >>> rows = {"treated": [1, 1, 1, 0, 1, 0, 0, 0], "severe": [1, 1, 1, 1, 0, 0, 0, 0]}
    >>> found = balance(rows, "treated", ["severe"], [4/3, 4/3, 4/3, 4, 4, 4/3, 4/3, 4/3])
    >>> round(float(found.difference_before[0]), 3), abs(round(float(found.difference_after[0]), 3))
    (1.155, 0.0)
    """
    require_choice("denominator", denominator, ("unweighted", "weighted"))
    if isinstance(covariates, str) or not len(covariates):
        raise InputError(f"covariates={covariates!r}: give a list of columns.")
    outcome, _ = outcome_of(df, treatment, event)
    weight, analysed = _weights(df, weights, outcome.size)
    analysed &= ~np.isnan(outcome)
    treated = outcome[analysed] == 1.0
    for name, part in (("treated", treated), ("untreated", ~treated)):
        if not weight[analysed][part].any():
            raise InputError(
                f"column {treatment!r}: no row analysed is {name} with a weight above 0."
            )
    lines = [
        _line(name, level, values, treated, weight[analysed], binary, denominator)
        for name in covariates
        for level, values, binary in _expanded(name, column_of(df, name, "covariate"), analysed)
    ]
    return _gathered(lines, treated, weight[analysed], denominator)


def _weights(df: Any, weights: Any, size: int) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401
    """Give the weight of each row, and which rows are analysed."""
    if isinstance(weights, PropensityWeights):
        known = np.zeros(weights.rows_in, dtype=bool)
        known[weights.row - 1] = True
        array = weights.for_rows()
    else:
        if not isinstance(weights, str) and np.ndim(weights) != 1:
            raise InputError(
                f"weights={weights!r}: give what propensity_weights returns, a column, or one "
                "number a row. To compare groups as they are, give ones."
            )
        given = column_of(df, weights, "weights") if isinstance(weights, str) else weights
        array = numbers(Field("weights", "weights", np.asarray(given))).astype(float)
        known = ~np.isnan(array)
    if array.shape != (size,) or (array[known] < 0.0).any():
        raise InputError(
            f"weights of shape {array.shape} for {size} rows: give one number a row, 0 or more."
        )
    return array, known


def _expanded(
    name: str, values: np.ndarray | Levels, analysed: np.ndarray
) -> list[tuple[str, np.ndarray, bool]]:
    """Give the numbers of a column, or one 0/1 column a level; missing is NaN."""
    if not isinstance(values, Levels):
        kept = (
            values[analysed].astype(float)
            if values.dtype.kind in "biuf"
            else numbers(Field("covariate", name, values))
        )
        return [("", kept, bool(np.isin(kept[~np.isnan(kept)], (0.0, 1.0)).all()))]
    codes = values.codes[analysed]
    gap = np.where(codes < 0, np.nan, 0.0)
    return [(label, (codes == code) + gap, True) for code, label in enumerate(values.labels)]


_Line = dict[str, Any]


def _line(
    name: str,
    level: str,
    values: np.ndarray,
    treated: np.ndarray,
    weight: np.ndarray,
    binary: bool,  # noqa: FBT001 - a private flag
    denominator: str,
) -> _Line:
    known = ~np.isnan(values)
    line: _Line = {"covariate": name, "level": level, "missing": int((~known).sum())}
    spread = np.nan
    for when, w in (("before", np.ones(weight.size)), ("after", weight)):
        moments = [
            _moments(values[g & known], w[g & known], binary=binary) for g in (treated, ~treated)
        ]
        (mean_1, variance_1), (mean_0, variance_0) = moments
        if when == "before" or denominator == "weighted":
            spread = np.sqrt((variance_1 + variance_0) / 2.0)
        line[f"treated_{when}"], line[f"untreated_{when}"] = mean_1, mean_0
        line[f"difference_{when}"] = _ratio(mean_1 - mean_0, spread)
        line[f"variance_ratio_{when}"] = np.nan if binary else _ratio(variance_1, variance_0)
    return line


def _moments(values: np.ndarray, weight: np.ndarray, *, binary: bool) -> tuple[float, float]:
    """Give the weighted mean and variance; NaN where there is no weight."""
    total = float(weight.sum())
    if not total:
        return np.nan, np.nan
    mean = float(weight @ values) / total
    if binary:
        return mean, mean * (1.0 - mean)
    free = total * total - float(weight @ weight)
    spread = float(weight @ (values - mean) ** 2)
    return mean, spread * total / free if free > 0.0 else np.nan


def _ratio(above: float, below: float) -> float:
    if below > 0.0:
        return float(above / below)
    return 0.0 if above == 0.0 else np.nan


def _gathered(
    lines: list[_Line], treated: np.ndarray, weight: np.ndarray, denominator: str
) -> Balance:
    texts = ("covariate", "level")
    arrays = {
        key: label_array(tuple(line[key] for line in lines))
        if key in texts
        else np.array([line[key] for line in lines])
        for key in lines[0]
    }
    largest = [
        float(np.nanmax(np.abs(arrays[f"difference_{when}"]), initial=0.0))
        for when in ("before", "after")
    ]
    parts = [~treated, treated]
    return Balance(
        **arrays,
        largest_before=largest[0],
        largest_after=largest[1],
        n=np.array([int(part.sum()) for part in parts]),
        effective_n=np.array([effective_size(weight[part]) for part in parts]),
        denominator=denominator,
        method="standardised mean differences, pooled standard deviation "
        f"{'before weighting' if denominator == 'unweighted' else 'before and after weighting'}",
    )
