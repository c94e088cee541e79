"""The Mantel-Byar test: exposures that start after time zero, compared as time passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.comparisons import logrank_test
from atrisk.estimators.episode_source import rows_of
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_choice

if TYPE_CHECKING:
    from atrisk.sources.episodes import Episodes
    from atrisk.sources.histories import Dropped, Histories

__all__ = ["MantelByarTest", "mantel_byar_test"]


@dataclass(frozen=True, slots=True, repr=False)
class MantelByarTest(Result):
    """A test that the hazard is the same in every state.

    Attributes
    ----------
    statistic, df, p_value
        chi-squared.
    patients
        number of patients; one may pass through several states.
    group
        shape (G,), labels of the states.
    n
        shape (G,): patients who were ever in the state.
    episodes
        shape (G,): (start, stop] rows in the state.
    observed, expected
        shape (G,): (weighted) events in the state, and those expected if hazards were equal.
    covariance
        shape (G, G): of observed - expected.
    method, variance
        by name.
    dropped
        the rows left out, and why.
    """

    statistic: float
    df: int
    p_value: float
    patients: int
    group: np.ndarray
    n: np.ndarray
    episodes: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    covariance: np.ndarray
    method: str
    variance: str
    dropped: Dropped = field(repr=False)

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, episodes, observed, expected."""
        names = ("group", "n", "episodes", "observed", "expected")
        return {name: getattr(self, name) for name in names}


def mantel_byar_test(e: Episodes | Histories, variance: str | None = None) -> MantelByarTest:
    """Test whether the hazard is the same in every state, each patient counted where they are.

    Parameters
    ----------
    e
        episodes; or histories in (start, stop] rows with the state as group. Within strata where
        there are any; events of every cause count.
    variance
        ``"model"`` (hypergeometric; whole weights count as repeated patients) or ``"robust"`` (by
        subject). None chooses robust where a weight is not a whole number, else model: the rows of
        one patient follow one another, so they do not make the model's variance wrong.

    Returns
    -------
    MantelByarTest

    Raises
    ------
    InputError
        there is only one state, nobody had the event, or the histories have no entry times.

    Notes
    -----
    The log-rank test of the (start, stop] rows: sum over event times of d_g - d Y_g(t) / Y(t),
    Y_g(t) those in state g just before t, with the hypergeometric covariance sum of
    d (Y - d) / (Y - 1) (Y_g / Y) (1{g=h} - Y_h / Y); with G states its quadratic form on G - 1 df
    (less where a state is never at risk beside another). That is the score test of the Cox model
    with the state as time-dependent factor: exactly so without tied events, and with ties that of
    their discrete ("exact") likelihood. Times need not be whole numbers.

    References
    ----------
    Mantel N, Byar DP (1974) J Am Stat Assoc 69:81. Andersen PK, Gill RD (1982) Ann Stat 10:1100.
    Lin DY, Wei LJ (1989) J Am Stat Assoc 84:1074 (robust).

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk.sources.episodes import episodes
    >>> df = pl.DataFrame(
    ...     {"days": [2, 4, 6, 8], "died": [1, 1, 1, 0], "tx_day": [None, 1, None, 3]}
    ... )
    >>> e = episodes(
    ...     df, exit="days", event="died", exposures={"transplant": "tx_day"},
    ...     unit="days", origin="acceptance",
    ... )
    >>> mantel_byar_test(e).to_frame().select("group", "observed", "expected").rows()
    [('before transplant', 2.0, 1.5833333333333333), ('after transplant', 1.0, 1.4166666666666665)]
    """
    require_choice("variance", variance, (None, "model", "robust"))
    h = rows_of(e, "mantel_byar_test")
    if len(h.groups) < 2:
        raise InputError(
            f"there is one state only, {h.groups[0]!r}, so there is nothing to compare. Check the "
            "times of exposure, or name the column of states with group=..."
        )
    whole = h.weights is None or bool(np.all(h.weights == np.floor(h.weights)))
    chosen = ("model" if whole else "robust") if variance is None else variance
    test = logrank_test(h, variance=chosen)
    n, patients = _patients(h)
    return MantelByarTest(
        statistic=test.statistic,
        df=test.df,
        p_value=test.p_value,
        patients=patients,
        group=test.group,
        n=n,
        episodes=test.n,
        observed=test.observed,
        expected=test.expected,
        covariance=test.covariance,
        method="Mantel-Byar test" + (", stratified" if len(h.strata) > 1 else ""),
        variance=test.variance,
        dropped=test.dropped,
    )


def _patients(h: Histories) -> tuple[np.ndarray, int]:
    """Count the subjects that were ever in each group, and all of them."""
    group, groups = np.asarray(h.group, dtype=np.int64), len(h.groups)
    if h.subject is None:
        return np.bincount(group, minlength=groups), len(h)
    been = np.zeros((int(h.subject.max()) + 1, groups), dtype=bool)
    been[h.subject, group] = True
    return been.sum(axis=0), int(been.any(axis=1).sum())
