"""Subgroups of a pool in the document: each pooled, and whether they differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.evidence.pool.fit import fitted
from atrisk.evidence.pool.numbers import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.estimators.pool_result import Pool
    from atrisk.evidence.pool.models import PoolTable
    from atrisk.evidence.pool.rows import PoolRow
    from atrisk.toml import TomlFile

__all__ = ["subgroups_node"]

_GROUP = (
    "studies", "events", "total", "estimate", "lower", "upper", "prediction_lower",
    "prediction_upper", "tau2", "i2",
)  # fmt: skip


def subgroups_node(
    read: TomlFile, rows: Sequence[PoolRow], asked: PoolTable, pool: Pool
) -> dict[str, Any] | None:
    """Pool the subgroups; None where none are asked for.

    Returns
    -------
    dict
        a row a group in the order in which they first appear. A group without a pooled value
        (nobody had the event, or everybody; arms of one study alone) is not in the test, and a
        note says so.

    Raises
    ------
    InputError
        fewer than two groups can be pooled.
    """
    if asked.subgroup is None:
        return None
    apart = _apart(rows, pool, asked)
    kept = [row for row in rows if row.group not in apart]
    try:
        part = pool if not apart else fitted(kept, asked)
        found = part.subgroups([str(row.group) for row in kept], common_tau2=asked.common_tau2)
    except InputError as error:
        raise read.error(("pool", "subgroup"), str(error)) from None
    groups = {
        str(label): {name: number(getattr(found, name)[at]) for name in _GROUP}
        for at, label in enumerate(found.group)
    }
    order = dict.fromkeys(str(row.group) for row in rows)
    return {
        "name": asked.subgroup.replace("_", " "),
        "groups": [{"label": name, **(groups.get(name) or _counted(rows, name))} for name in order],
        "statistic": number(found.statistic),
        "df": found.df,
        "df2": None if math.isinf(found.df2) else number(found.df2),
        "p_value": number(found.p_value),
        "test": found.test,
        "common_tau2": found.common_tau2,
        "notes": [*found.notes, *(f"{name}: {why}" for name, why in apart.items())],
    }


def _apart(rows: Sequence[PoolRow], pool: Pool, asked: PoolTable) -> dict[str, str]:
    """Name the groups that have no pooled value of their own, and why."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(str(row.group) for row in rows):
        counts = _counted(rows, name)
        of_group = [row for row in rows if row.group == name]
        if pool.method == "glmm" and counts["events"] in {0, counts["total"]}:
            who = "no patient" if counts["events"] == 0 else "every patient"
            found[name] = (
                f"{who} of {counts['total']} had the event, so that there are no pooled odds; the"
                " group is not in the test."
            )
        elif counts["studies"] == 1 < len(of_group) and not asked.common_tau2:
            found[name] = (
                f"{len(of_group)} arms of one study: nothing between studies to pool; the group is"
                " not in the test."
            )
    return found


def _counted(rows: Sequence[PoolRow], group: str) -> dict[str, Any]:
    """Count a group, without a pooled value."""
    of_group = [row for row in rows if row.group == group]
    sums = {
        key: sum(int(row.numbers[key]) for row in of_group if key in row.numbers)
        for key in ("events", "total")
    }
    return {**dict.fromkeys(_GROUP), "studies": len({row.study for row in of_group}), **sums}
