"""Pools of groups of studies, and whether the groups differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc

from atrisk.errors import InputError, listed
from atrisk.estimators.pool_fit import pooled
from atrisk.estimators.pool_input import texts_of
from atrisk.estimators.pool_prediction import predicted
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_flag

if TYPE_CHECKING:
    from atrisk.estimators.pool_request import PoolRequest
    from atrisk.estimators.pool_result import Pool

__all__ = ["PoolSubgroups", "subgroups"]


@dataclass(frozen=True, slots=True, repr=False)
class PoolSubgroups(Result):
    """Pools of groups of studies.

    Attributes
    ----------
    group
        shape (g,), labels in the order in which they first appear.
    studies
        shape (g,), how many.
    events, total
        shape (g,), summed; NaN where effects were given.
    estimate, lower, upper, prediction_lower, prediction_upper
        shape (g,), natural scale.
    link_estimate, link_std_error
        shape (g,), on the scale.
    tau2, i2
        shape (g,); with a common tau2 the same in each group, and I2 that of all studies.
    statistic, df, df2, p_value
        test that the groups do not differ: chi-squared (``df2`` infinite) or F.
    test
        which test, in words.
    common_tau2
        whether all groups share one.
    notes
        what has to be said.
    """

    group: np.ndarray
    studies: np.ndarray
    events: np.ndarray
    total: np.ndarray
    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    prediction_lower: np.ndarray
    prediction_upper: np.ndarray
    link_estimate: np.ndarray
    link_std_error: np.ndarray
    tau2: np.ndarray
    i2: np.ndarray
    statistic: float
    df: int
    df2: float
    p_value: float
    test: str
    common_tau2: bool
    notes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row a group."""
        names = (
            "group",
            "studies",
            "events",
            "total",
            "estimate",
            "lower",
            "upper",
            "prediction_lower",
            "prediction_upper",
            "link_estimate",
            "link_std_error",
            "tau2",
            "i2",
        )
        return {name: getattr(self, name) for name in names}


def subgroups(pool: Pool, groups: object, *, common_tau2: bool) -> PoolSubgroups:
    """Pool within groups of studies; see `Pool.subgroups`."""
    require_flag("common_tau2", common_tau2)
    request = pool._request  # noqa: SLF001 - the pool's own data
    if request.terms:
        raise InputError("subgroups of a pool with moderators: pool without them first.")
    labels = texts_of("groups", groups, request.size)
    names = tuple(dict.fromkeys(labels))
    if len(names) < 2:
        raise InputError(f"every study is in group {names[0]!r}: there is nothing to compare.")
    places = {name: [row for row, label in enumerate(labels) if label == name] for name in names}
    made = _common(request, names, places) if common_tau2 else _separate(request, places)
    sums: dict[str, Any] = {
        name: np.array([getattr(pool, name)[places[group]].sum() for group in names])
        for name in ("events", "total")
    }
    return PoolSubgroups(
        group=label_array(names),
        studies=np.array([len({request.study[row] for row in places[name]}) for name in names]),
        **sums,
        **made,
        common_tau2=common_tau2,
    )


_COLUMNS = (
    "estimate",
    "lower",
    "upper",
    "prediction_lower",
    "prediction_upper",
    "link_estimate",
    "link_std_error",
)


def _separate(request: PoolRequest, places: dict[str, list[int]]) -> dict[str, Any]:
    """Pool each group by itself; the groups' values are compared by their standard errors."""
    pools: list[Pool] = []
    notes: list[str] = []
    for name, rows in places.items():
        part = request.taking(rows)
        try:
            # one study, or studies alike, have no interval of Knapp and Hartung
            asked = replace(part, ci=None if len(rows) == 1 else part.ci)
            pools.append(pooled(asked, spread_limits=False))
        except InputError as error:
            raise InputError(f"group {name!r}: {error}") from error
        notes.extend(f"{name}: {note}" for note in pools[-1].notes)
    link, spread = (
        np.array([getattr(found, name) for found in pools])
        for name in ("link_estimate", "link_std_error")
    )
    weight = 1.0 / spread**2
    statistic = float(weight @ (link - weight @ link / weight.sum()) ** 2)
    df = len(pools) - 1
    return {
        **{name: np.array([getattr(found, name) for found in pools]) for name in _COLUMNS},
        "tau2": np.array([found.tau2 for found in pools]),
        "i2": np.array([found.i2 for found in pools]),
        "statistic": statistic,
        "df": df,
        "df2": float("inf"),
        "p_value": float(chdtrc(df, statistic)),
        "test": "Q between groups, each with its own tau2",
        "notes": (*notes, *_shared(request, places)),
    }


def _shared(request: PoolRequest, places: dict[str, list[int]]) -> tuple[str, ...]:
    groups_of: dict[str, set[str]] = {}
    for name, rows in places.items():
        for row in rows:
            groups_of.setdefault(request.study[row], set()).add(name)
    several = [study for study, groups in groups_of.items() if len(groups) > 1]
    if not several:
        return ()
    note = (
        f"Arms of {listed(several)} are in different groups: the test counts the groups as "
        "independent, which they are not. With common_tau2=True arms stay within their study."
    )
    return (note,)


def _common(
    request: PoolRequest, names: tuple[str, ...], places: dict[str, list[int]]
) -> dict[str, Any]:
    """Fit one model with the groups as moderators."""
    member = np.zeros((request.size, len(names) - 1))
    for column, name in enumerate(names[1:]):
        member[places[name], column] = 1.0
    found = pooled(replace(request, moderators=member, terms=names[1:]), spread_limits=False)
    along = predicted(found, np.vstack([np.zeros(len(names) - 1), np.eye(len(names) - 1)]))
    return {
        **{name: getattr(along, name).copy() for name in _COLUMNS},
        "tau2": np.full(len(names), found.tau2),
        "i2": np.full(len(names), found.i2),
        "statistic": found.qm,
        "df": found.qm_df,
        "df2": found.qm_df2,
        "p_value": found.qm_p_value,
        "test": "Wald's test of the groups in one model with a common tau2",
        "notes": found.notes,
    }
