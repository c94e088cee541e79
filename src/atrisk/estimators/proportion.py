"""Proportions with named intervals: responders of those assessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrisk.engine.binomial import INTERVALS
from atrisk.errors import InputError
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_choice, require_level

__all__ = ["Proportion", "proportion"]

_SHOWN = 5


@dataclass(frozen=True, slots=True, repr=False)
class Proportion(Result):
    """Proportions and their limits, one a pair of counts.

    Attributes
    ----------
    events, n
        shape (k,), counts.
    estimate, lower, upper
        shape (k,); NaN where n is 0.
    conf_type, conf_level
        by name.
    """

    events: np.ndarray
    n: np.ndarray
    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    conf_type: str
    conf_level: float

    def columns(self) -> dict[str, np.ndarray]:
        """Give events, n, estimate, lower, upper."""
        names = ("events", "n", "estimate", "lower", "upper")
        return {name: getattr(self, name) for name in names}


def proportion(
    events: object, n: object, *, conf_type: str = "clopper-pearson", conf_level: float = 0.95
) -> Proportion:
    """Estimate proportions from counts.

    Parameters
    ----------
    events
        shape (k,) or a number: how many had the event.
    n
        of the same shape: of how many; where it is 0 there is no estimate.
    conf_type
        ``"clopper-pearson"``, the exact interval, which holds its level for every proportion, or
        ``"wilson"``, that of the score test, which is shorter and holds it on average.
    conf_level
        such as 0.95.

    Returns
    -------
    Proportion

    Raises
    ------
    InputError
        counts are negative, not whole, of different shapes, or more had the event than there are.

    Notes
    -----
    Clopper-Pearson: quantiles of beta distributions, as R's ``binom.test``. Wilson: the roots of
    the score equation, as R's ``prop.test(correct = FALSE)``.

    References
    ----------
    Clopper CJ, Pearson ES (1934) Biometrika 26:404. Wilson EB (1927) J Am Stat Assoc 22:209.

    Examples
    --------
    >>> remission = proportion(44, 53)
    >>> [round(float(100 * value[0]), 1) for value in
    ...  (remission.estimate, remission.lower, remission.upper)]
    [83.0, 70.2, 91.9]
    """
    require_choice("conf_type", conf_type, tuple(INTERVALS))
    require_level(conf_level)
    counted, total = _counts(events, n)
    some = total > 0.0
    estimate, lower, upper = (np.full(total.shape, np.nan) for _ in range(3))
    estimate[some] = counted[some] / total[some]
    lower[some], upper[some] = INTERVALS[conf_type](counted[some], total[some], conf_level)
    return Proportion(
        events=counted.astype(np.int64),
        n=total.astype(np.int64),
        estimate=estimate,
        lower=lower,
        upper=upper,
        conf_type=conf_type,
        conf_level=conf_level,
    )


def _counts(events: object, n: object) -> tuple[np.ndarray, np.ndarray]:
    pair = []
    for name, given in (("events", events), ("n", n)):
        try:
            found = np.atleast_1d(np.asarray(given, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise InputError(f"{name}={given!r} are no counts: give whole numbers.") from error
        bad = ~np.isfinite(found) | (found < 0.0) | (found != np.floor(found))
        if bad.any():
            shown = ", ".join(f"{value:g}" for value in found[bad][:_SHOWN])
            raise InputError(f"{name} holds {shown}: counts are whole numbers, 0 or more.")
        pair.append(found)
    counted, total = pair
    if counted.shape != total.shape or counted.ndim != 1:
        raise InputError(
            f"events has shape {counted.shape} and n {total.shape}: give one n for each count."
        )
    if (counted > total).any():
        place = int(np.flatnonzero(counted > total)[0])
        raise InputError(
            f"{counted[place]:g} events of {total[place]:g}: there cannot be more events than"
            " patients. Give the events first, then of how many."
        )
    return counted, total
