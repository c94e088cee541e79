"""Test of proportional hazards, and what its plot shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from atrisk.engine.ph_test import (
    TimeScore,
    chi_squared,
    left_kaplan_meier,
    mean_ranks,
    smooth,
    term_map,
    time_score,
)
from atrisk.errors import InputError, nearest
from atrisk.estimators.residuals import input_rows, require_finite
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_choice, require_flag, require_level

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.estimators.residuals import PartialLikelihoodFit

__all__ = ["CoefficientCurve", "PHTest", "ph_test"]

TRANSFORMS = ("km", "rank", "identity")


@dataclass(frozen=True, slots=True, repr=False)
class CoefficientCurve(Result):
    """A coefficient over time: the smooth of scaled Schoenfeld residuals.

    Attributes
    ----------
    term, transform
        by name.
    time
        shape (points,): in ``unit`` since ``origin``, interpolated between the events.
    transformed
        shape (points,): g(time), equally spaced.
    estimate, std_error, lower, upper
        shape (points,): pointwise.
    conf_level, unit, origin
        by name.
    """

    term: str
    transform: str
    time: np.ndarray
    transformed: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    conf_level: float
    unit: str
    origin: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give time, transformed, estimate, std_error, lower, upper."""
        names = ("time", "transformed", "estimate", "std_error", "lower", "upper")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, repr=False)
class PHTest(Result):
    """Tests that coefficients do not change over time.

    Attributes
    ----------
    term
        shape (q + 1,): the terms (or columns) of the model, then ``GLOBAL``.
    statistic, df, p_value
        shape (q + 1,): chi-squared.
    transform
        the function g of time, by name.
    name
        of the q terms (or columns).
    row, time, transformed, stratum
        shape (D,): the events by stratum and time: row of the input counted from 1, time, g(time)
        and label of the stratum.
    scaled_residuals
        shape (D, q): scaled Schoenfeld residuals plus the coefficient, whose trend is the change
        of the coefficient; for a factor, that of its part of the linear predictor, about 1.
    variance
        shape (q, q): of one row of the scaled residuals.
    unit, origin, method
        by name.
    """

    term: np.ndarray
    statistic: np.ndarray
    df: np.ndarray
    p_value: np.ndarray
    transform: str
    name: tuple[str, ...]
    row: np.ndarray
    time: np.ndarray
    transformed: np.ndarray
    stratum: np.ndarray
    scaled_residuals: np.ndarray
    variance: np.ndarray
    unit: str
    origin: str
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give term, statistic, df, p_value."""
        names = ("term", "statistic", "df", "p_value")
        return {name: getattr(self, name) for name in names}

    def smooth(
        self, term: str, df: int = 4, points: int = 40, conf_level: float = 0.95
    ) -> CoefficientCurve:
        """Smooth the scaled residuals of a term with a natural cubic spline.

        Parameters
        ----------
        term
            one of ``name``.
        df
            columns of the spline, its constant included; 2 is a straight line.
        points
            number of places on the curve.
        conf_level
            of the pointwise limits.

        Returns
        -------
        CoefficientCurve

        Raises
        ------
        InputError
            there is no such term, or fewer distinct event times than columns.

        Notes
        -----
        The curve and its standard error are those of R's plot of a ``cox.zph``, which draws limits
        at 2 standard errors.

        References
        ----------
        Grambsch PM, Therneau TM (1994) Biometrika 81:515, section 3.
        """
        if term not in self.name:
            raise InputError(
                f"term={term!r} does not exist; choose one of "
                f"{', '.join(map(repr, self.name))}.{nearest(str(term), self.name)}"
            )
        require_level(conf_level)
        distinct = np.unique(self.transformed).size
        for label, value, least in (("df", df, 2), ("points", points, 2)):
            if not isinstance(value, int) or value < least:
                raise InputError(f"{label}={value!r}: give a whole number, {least} or more.")
        if distinct < df:
            raise InputError(
                f"df={df} needs as many distinct event times, and there are {distinct}: take a "
                "smaller df."
            )
        column = self.name.index(term)
        place, estimate, std_error = smooth(
            self.transformed,
            self.scaled_residuals[:, column],
            float(self.variance[column, column]),
            df,
            points,
        )
        reach = float(ndtri(0.5 + conf_level / 2.0)) * std_error
        order = np.argsort(self.transformed, kind="stable")
        return CoefficientCurve(
            term=term,
            transform=self.transform,
            time=np.interp(place, self.transformed[order], self.time[order]),
            transformed=place,
            estimate=estimate,
            std_error=std_error,
            lower=estimate - reach,
            upper=estimate + reach,
            conf_level=conf_level,
            unit=self.unit,
            origin=self.origin,
        )


def ph_test(
    fit: PartialLikelihoodFit,
    transform: str | Callable[[np.ndarray], np.ndarray] = "km",
    *,
    terms: bool = True,
) -> PHTest:
    """Test whether the coefficients of a Cox model change over time.

    Parameters
    ----------
    fit
        a fitted Cox model.
    transform
        the function g of time along which a change is looked for: ``"km"``, 1 - S(t-) of all rows,
        counted once each; ``"rank"``, the mean rank of t among all exits; ``"identity"``; or a
        function that takes times and gives as many numbers, such as ``numpy.log``.
    terms
        test a factor as one term; else every column by itself.

    Returns
    -------
    PHTest

    Raises
    ------
    InputError
        the transform does not exist or gives no usable numbers, or all events are at one time.

    Notes
    -----
    The score test of adding x g(t) to the model, for each term and for all at once, with the
    information of the larger model at the fitted coefficients; the model's variance, not the
    robust one, as R's ``cox.zph`` since version 3.0.

    References
    ----------
    Grambsch PM, Therneau TM (1994) Biometrika 81:515.

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk import cox
    >>> df = pl.DataFrame({
    ...     "days": [5, 8, 8, 11, 14, 20],
    ...     "died": [1, 1, 0, 1, 1, 0],
    ...     "age": [61, 50, 44, 70, 52, 39],
    ... })
    >>> fit = cox("Surv(days, died) ~ age", df)
    >>> test = ph_test(fit, "identity")
    >>> test.term.tolist(), test.statistic.round(4).tolist()
    (['age', 'GLOBAL'], [0.5096, 0.5096])
    """
    require_flag("terms", terms)
    require_finite(fit, "the test of proportional hazards")
    if fit.penalty.any() or fit.conf_type == "profile":
        raise InputError(
            "the test of proportional hazards needs the maximum of the partial likelihood, and "
            "this model was fitted with a penalty: fit it without ridge or firth."
        )
    g, name = _transformed(fit, transform)
    score = time_score(fit.likelihood(), g)
    groups, labels = _groups(fit, terms=terms)
    tests = [_test(score, list(columns)) for columns in groups]
    tests.append(_test(score, list(range(fit.coefficients.size))))
    statistic, df, p_value = zip(*tests, strict=True)
    residual, variance = _scaled(score, groups, fit.coefficients)
    place = fit.rows.stop[score.row]
    h = fit.histories
    return PHTest(
        term=label_array((*labels, "GLOBAL")),
        statistic=np.array(statistic),
        df=np.array(df),
        p_value=np.array(p_value),
        transform=name,
        name=labels,
        row=input_rows(fit)[score.row],
        time=fit.rows.time[place],
        transformed=g[place],
        stratum=label_array(h.strata)[fit.rows.stratum()[score.row]],
        scaled_residuals=residual,
        variance=variance,
        unit=h.grid.unit,
        origin=h.grid.origin,
        method="score test of x g(t), Grambsch-Therneau",
    )


def _transformed(
    fit: PartialLikelihoodFit, transform: str | Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, str]:
    """Give g at the time of each cell, (K,), 0 at pads, and its name."""
    h, rows = fit.histories, fit.rows
    real = np.isfinite(rows.time)
    code = np.searchsorted(h.grid.times, rows.time[real])
    if callable(transform):
        times, back = np.unique(rows.time[real], return_inverse=True)
        values, name = _called(transform, times)[back], getattr(transform, "__name__", "g")
    else:
        require_choice("transform", transform, TRANSFORMS)
        size, name = h.grid.times.size, transform
        if transform == "km":
            values = 1.0 - left_kaplan_meier(h.exit, h.entry, rows.event, size)[code]
        else:
            values = mean_ranks(h.exit, size)[code] if transform == "rank" else rows.time[real]
    if not np.ptp(values):
        raise InputError(
            f"transform={name!r} is the same at all event times, so there is no time over which a "
            "coefficient could change. Events at two or more times are needed."
        )
    g = np.zeros(rows.time.size)
    g[real] = values
    return g, name


def _called(transform: Callable[[np.ndarray], np.ndarray], times: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        values = np.asarray(transform(times.copy()), dtype=float)
    if values.shape != times.shape or not np.isfinite(values).all():
        raise InputError(
            f"transform gives {values.size} numbers for {times.size} event times, or some that are "
            "not finite: it must take an array of times and give one finite number for each. Times "
            f"run from {times.min():g} to {times.max():g}."
        )
    return values


def _groups(
    fit: PartialLikelihoodFit, *, terms: bool
) -> tuple[tuple[tuple[int, ...], ...], tuple[str, ...]]:
    if terms:
        return tuple(t.columns for t in fit.terms), tuple(t.name for t in fit.terms)
    return tuple((j,) for j in range(fit.coefficients.size)), tuple(map(str, fit.term))


def _test(score: TimeScore, columns: list[int]) -> tuple[float, int, float]:
    return chi_squared(score.score[columns], score.covariance[np.ix_(columns, columns)])


def _scaled(
    score: TimeScore, groups: tuple[tuple[int, ...], ...], beta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Scale the Schoenfeld residuals of each term, and add its coefficient."""
    along = term_map(groups, beta)
    variance = np.linalg.pinv(along.T @ score.information @ along, hermitian=True)
    variance *= score.row.size
    coefficient = [beta[columns[0]] if len(columns) == 1 else 1.0 for columns in groups]
    return score.residual @ along @ variance + coefficient, variance
