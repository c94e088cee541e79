"""What a pool says about values of the moderators, and about a further cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.meta_prediction import count_interval, count_probabilities
from atrisk.engine.meta_scales import back
from atrisk.errors import InputError
from atrisk.estimators.pool_core import quantile
from atrisk.estimators.pool_fit import prediction_df
from atrisk.estimators.pool_input import moderator_columns
from atrisk.estimators.result import Result

if TYPE_CHECKING:
    from atrisk.estimators.pool_result import Pool

__all__ = ["NewCohort", "PoolPrediction", "new_cohort", "predicted"]

_MOST_PATIENTS = 1_000_000


@dataclass(frozen=True, slots=True, repr=False)
class PoolPrediction(Result):
    """A pooled value along moderators.

    Attributes
    ----------
    moderators
        name -> values, shape (n,).
    estimate, lower, upper
        shape (n,), natural scale.
    prediction_lower, prediction_upper
        shape (n,): where the true value of a further study lies; NaN where the rule has no degrees
        of freedom.
    link_estimate, link_std_error
        shape (n,), on the scale of the pool.
    rule, conf_level
        by name.
    """

    moderators: dict[str, np.ndarray]
    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    prediction_lower: np.ndarray
    prediction_upper: np.ndarray
    link_estimate: np.ndarray
    link_std_error: np.ndarray
    rule: str
    conf_level: float

    def columns(self) -> dict[str, np.ndarray]:
        """Give the moderators, estimate and limits, and the limits of a further study."""
        names = (
            "estimate",
            "lower",
            "upper",
            "prediction_lower",
            "prediction_upper",
            "link_estimate",
            "link_std_error",
        )
        return {**self.moderators, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True, repr=False)
class NewCohort(Result):
    """How many events a further cohort may have.

    Attributes
    ----------
    total
        its size.
    estimate
        expected proportion: mean of the predictive distribution.
    lower, upper
        interval of the proportion in the cohort.
    lower_events, upper_events
        the same as counts.
    probability
        shape (total + 1,), the chance of each count.
    events, tail_below, tail_above
        the count that was asked about (-1 for none), and the chances of as few or fewer, and of
        as many or more (NaN for none).
    rule, conf_level
        by name.
    """

    total: int
    estimate: float
    lower: float
    upper: float
    lower_events: int
    upper_events: int
    probability: np.ndarray
    events: int
    tail_below: float
    tail_above: float
    rule: str
    conf_level: float

    @property
    def inside(self) -> bool | None:
        """Whether the count asked about lies in the interval; None if none was."""
        return None if self.events < 0 else self.lower_events <= self.events <= self.upper_events

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row a count: events, proportion, probability."""
        counts = np.arange(self.total + 1)
        return {
            "events": counts,
            "proportion": counts / self.total,
            "probability": self.probability,
        }


def _on_link(pool: Pool, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = np.column_stack([np.ones(values.shape[0]), values])
    variance = np.einsum("ij,jk,ik->i", x, pool.covariance, x)
    return x @ pool.coefficients, np.sqrt(variance)


def predicted(pool: Pool, moderators: object) -> PoolPrediction:
    """Give the pooled value at values of the moderators; see `Pool.predict`."""
    names = pool.terms[1:]
    if not names:
        raise InputError("this pool has no moderators: its estimate holds for every study.")
    values, _ = moderator_columns(moderators, _length(moderators), names)
    link, error = _on_link(pool, values)
    request = pool._request  # noqa: SLF001 - the pool's own data
    half = quantile(pool.df, pool.conf_level) * error
    df = prediction_df(request)
    wide = quantile(df, pool.conf_level) * np.sqrt(error**2 + pool.tau2) if df >= 1.0 else np.nan
    size = request.harmonic_size
    limits = [
        np.sort(back(pool.scale, np.array([link - w, link + w]), size), axis=0)
        for w in (half, wide * np.ones_like(link))
    ]
    return PoolPrediction(
        moderators={name: values[:, place].copy() for place, name in enumerate(names)},
        estimate=back(pool.scale, link, size),
        lower=limits[0][0],
        upper=limits[0][1],
        prediction_lower=limits[1][0],
        prediction_upper=limits[1][1],
        link_estimate=link,
        link_std_error=error,
        rule=pool.prediction_rule,
        conf_level=pool.conf_level,
    )


def _length(moderators: object) -> int:
    """Count the rows of moderators, given by name or by place."""
    if hasattr(moderators, "shape") and not isinstance(moderators, dict):
        return int(moderators.shape[0]) if moderators.shape else 1
    if isinstance(moderators, dict):
        first = next(iter(moderators.values()), ())
        return int(np.atleast_1d(np.asarray(first, dtype=object)).size)
    return int(np.atleast_1d(np.asarray(moderators, dtype=object)).shape[0])


def new_cohort(pool: Pool, total: int, *, moderators: object, events: int | None) -> NewCohort:
    """Say how many events a further cohort may have; see `Pool.predict_new`."""
    if pool.kind != "proportion":
        raise InputError(f"a further cohort's count needs pooled proportions, not {pool.kind}s.")
    if pool.scale == "double_arcsine":
        raise InputError(
            "the double arcsine has no way back for a cohort of another size: pool by "
            "method='glmm'."
        )
    size = _whole("total", total, 1, _MOST_PATIENTS)
    df = prediction_df(pool._request)  # noqa: SLF001 - the pool's own data
    if df < 1.0:
        raise InputError(
            f"the rule {pool.prediction_rule!r} has no degrees of freedom with "
            f"{len(set(pool.study))} studies: pool with prediction='normal' or 't, k-1'."
        )
    link, error = _at(pool, moderators)
    spread = float(np.sqrt(error**2 + pool.tau2))
    chance = count_probabilities(size, link, spread, df, lambda value: back(pool.scale, value))
    low, high = count_interval(chance, pool.conf_level)
    asked = -1 if events is None else _whole("events", events, 0, size)
    return NewCohort(
        total=size,
        estimate=float(np.arange(size + 1) @ chance) / size,
        lower=low / size,
        upper=high / size,
        lower_events=low,
        upper_events=high,
        probability=chance,
        events=asked,
        tail_below=float("nan") if events is None else min(1.0, float(chance[: asked + 1].sum())),
        tail_above=float("nan") if events is None else min(1.0, float(chance[asked:].sum())),
        rule=pool.prediction_rule,
        conf_level=pool.conf_level,
    )


def _at(pool: Pool, moderators: object) -> tuple[float, float]:
    if moderators is None:
        return pool.link_estimate, pool.link_std_error
    found = predicted(pool, moderators)
    if found.estimate.size != 1:
        raise InputError("give one value of each moderator for the cohort.")
    return float(found.link_estimate[0]), float(found.link_std_error[0])


def _whole(name: str, value: object, least: int, most: int) -> int:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not least <= value <= most:  # type: ignore[operator]
        raise InputError(f"{name}={value!r}: give a whole number from {least} to {most}.")
    return int(value)  # type: ignore[call-overload, no-any-return]
