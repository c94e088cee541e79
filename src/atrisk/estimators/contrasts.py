"""Differences between groups at a horizon: restricted means, and survival at a milestone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, ndtri

from atrisk.engine.intervals import CONF_TYPES, transformed
from atrisk.errors import InputError, listed
from atrisk.estimators.restricted_mean import restricted_means
from atrisk.estimators.result import Result
from atrisk.estimators.source import Source, require_choice, require_level, require_number
from atrisk.estimators.survival import kaplan_meier

if TYPE_CHECKING:
    from atrisk.estimators.curves import SurvivalCurves

__all__ = ["GroupDifferences", "milestone_test", "rmst_test"]


@dataclass(frozen=True, slots=True, repr=False)
class GroupDifferences(Result):
    """Estimates by group, their differences from the first group, and a test that all are equal.

    Attributes
    ----------
    statistic, df, p_value
        chi-squared on one df less than there are groups; for two groups the square of z.
    group
        shape (G,), labels.
    estimate, std_error
        shape (G,).
    difference, difference_std_error, lower, upper
        shape (G,): estimate less that of the first group, with its interval; NaN in the first.
    horizon
        tau or the milestone, in ``unit`` since ``origin``.
    unit, origin, conf_level, method, variance
        by name.
    """

    statistic: float
    df: int
    p_value: float
    group: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    difference: np.ndarray
    difference_std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    horizon: float
    unit: str
    origin: str
    conf_level: float
    method: str
    variance: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, estimate, std_error, difference, difference_std_error, lower, upper."""
        names = (
            "group", "estimate", "std_error", "difference", "difference_std_error", "lower", "upper"
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def rmst_test(
    h: Source, tau: float, conf_level: float = 0.95, variance: str | None = None
) -> GroupDifferences:
    """Compare restricted mean survival times up to ``tau``.

    Parameters
    ----------
    h
        histories (or a tally) with at least two groups.
    tau
        the horizon, in the unit of the histories.
    conf_level
        of the differences.
    variance
        as in `kaplan_meier`.

    Returns
    -------
    GroupDifferences
        differences from the first group, and the Wald test that all means are equal.

    Raises
    ------
    InputError
        there is one group, or ``tau`` is beyond the follow-up of a group.

    References
    ----------
    Royston P, Parmar MKB (2013) BMC Med Res Methodol 13:152.

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays(
    ...     [1, 2, 3, 4], [1, 1, 1, 1], group=["a", "a", "b", "b"], unit="months", origin="entry"
    ... )
    >>> rmst_test(h, tau=4).difference
    array([nan,  2.])
    """
    km = kaplan_meier(h, conf_level=conf_level, variance=variance)
    _require_groups(km)
    means = restricted_means(h, tau, km.variance, conf_level)
    return _differences(
        km,
        (means.estimate, means.std_error),
        (means.estimate, means.std_error),
        tau,
        conf_level,
        "difference of restricted mean survival times",
    )


def milestone_test(
    h: Source,
    at: float,
    transform: str = "plain",
    conf_level: float = 0.95,
    variance: str | None = None,
) -> GroupDifferences:
    """Compare survival probabilities at one chosen time.

    Parameters
    ----------
    h
        histories (or a tally) with at least two groups.
    at
        the milestone, in the unit of the histories; to be chosen before seeing the curves.
    transform
        scale of the test: ``"plain"`` (default, agrees with the interval of the difference),
        ``"log"``, ``"log-log"`` (best size in small samples by Klein et al.), ``"logit"`` or
        ``"arcsine"``.
    conf_level
        of the differences, which are on the plain scale.
    variance
        as in `kaplan_meier`.

    Returns
    -------
    GroupDifferences

    Raises
    ------
    InputError
        there is one group, the milestone is beyond the follow-up of a group, or the scale is
        not defined because a group's survival there is 0 or 1.

    References
    ----------
    Klein JP, Logan B, Harhoff M, Andersen PK (2007) Stat Med 26:4505.

    Examples
    --------
    >>> from atrisk import Histories
    >>> h = Histories.from_arrays(
    ...     [1, 2, 3, 4], [1, 1, 1, 1], group=["a", "a", "b", "b"], unit="months", origin="entry"
    ... )
    >>> milestone_test(h, at=1.5).difference
    array([nan, 0.5])
    """
    require_choice("transform", transform, CONF_TYPES)
    milestone = require_number("at", at, "one time after 0")
    if milestone <= 0.0:
        raise InputError(f"at={at!r}: give one time after 0.")
    km = kaplan_meier(h, conf_level=conf_level, variance=variance)
    _require_groups(km)
    _require_known(km, milestone)
    columns = km.at(milestone).columns()
    survival, std_error = columns["estimate"], columns["std_error"]
    std_error = np.where(survival == 0.0, 0.0, std_error)
    scaled = transformed(survival, std_error, transform)
    edge = ~(np.isfinite(scaled[0]) & np.isfinite(scaled[1]))
    if edge.any():
        group = columns["group"][edge][0]
        raise InputError(
            f"at={at:g} {km.unit}: survival of group {group!r} is {survival[edge][0]:g} there, "
            f"where the {transform} scale is not defined. Use transform='plain' or another time."
        )
    method = f"difference of survival at a milestone, tested on the {transform} scale"
    return _differences(km, (survival, std_error), scaled, at, conf_level, method)


def _require_groups(km: SurvivalCurves) -> None:
    if len(km.groups) < 2:
        raise InputError(
            f"a comparison needs at least two groups; there is {km.groups[0]!r} alone. "
            "Name the column of groups with group=..."
        )


def _require_known(km: SurvivalCurves, at: float) -> None:
    """Refuse a time at which some group's survival is not known."""
    for group, end in zip(km.groups, km.known_until, strict=True):
        if at > end:
            raise InputError(
                f"at={at:g} {km.unit} is beyond the follow-up of group {group!r}, which ends at "
                f"{end:g}. Compare at an earlier time."
            )


def _require_spread(km: SurvivalCurves, std_error: np.ndarray, horizon: float) -> None:
    """Refuse a comparison of groups without standard errors; one such group can be a reference."""
    without = [group for group, s in zip(km.groups, std_error, strict=True) if s == 0.0]
    if len(without) > 1:
        raise InputError(
            f"groups {listed(without)} have no standard error at {horizon:g} {km.unit}: nobody in "
            "them, or everybody, has had the event by then. Compare at another time."
        )


def _differences(
    km: SurvivalCurves,
    read: tuple[np.ndarray, np.ndarray],
    scaled: tuple[np.ndarray, np.ndarray],
    horizon: float,
    conf_level: float,
    method: str,
) -> GroupDifferences:
    """Subtract the first group, and test on the scale given. Groups are independent samples."""
    require_level(conf_level)
    estimate, std_error = read
    _require_spread(km, std_error, horizon)
    difference = estimate - estimate[0]
    spread = np.hypot(std_error, std_error[0])
    difference[0] = spread[0] = np.nan
    reach = float(ndtri(0.5 + conf_level / 2.0)) * spread
    return GroupDifferences(
        *_equal(*scaled),
        group=np.array(km.columns()["group"])[km.starts[:-1]],
        estimate=estimate,
        std_error=std_error,
        difference=difference,
        difference_std_error=spread,
        lower=difference - reach,
        upper=difference + reach,
        horizon=horizon,
        unit=km.unit,
        origin=km.origin,
        conf_level=conf_level,
        method=method,
        variance=km.variance,
    )


def _equal(value: np.ndarray, std_error: np.ndarray) -> tuple[float, int, float]:
    """Test that independent values are equal: weighted squares about their weighted mean.

    A value without error, of which there is at most one, has all the weight.
    """
    fixed = std_error == 0.0
    if fixed.any():
        apart = (value[~fixed] - value[fixed]) / std_error[~fixed]
        statistic = float(apart @ apart)
        return statistic, value.size - 1, float(chdtrc(value.size - 1, statistic))
    precision = 1.0 / std_error**2
    centre = float(precision @ value / precision.sum())
    statistic = float(precision @ (value - centre) ** 2)
    df = value.size - 1
    return statistic, df, float(chdtrc(df, statistic))
