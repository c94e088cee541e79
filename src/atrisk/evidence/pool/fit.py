"""Pooling the rows of a file by the method it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.estimators.pool_effects import pool_ratios, pool_survival
from atrisk.estimators.pool_proportions import pool_proportions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.estimators.pool_result import Pool
    from atrisk.evidence.pool.models import PoolTable
    from atrisk.evidence.pool.rows import PoolRow

__all__ = ["fitted"]

_LEAST = 2
_COMMON = ("tau2", "ci", "prediction", "conf_level")
_KEYS = {
    "proportion": (*_COMMON, "method", "quadrature", "new_total"),
    "ratio": (*_COMMON, "limits_level", "require_symmetry"),
    "survival": (*_COMMON, "scale", "limits_scale", "limits_level", "require_symmetry"),
}


def fitted(rows: Sequence[PoolRow], asked: PoolTable) -> Pool:
    """Pool rows.

    Parameters
    ----------
    rows
        of `Collected`.
    asked
        measure, method and moderators.

    Raises
    ------
    InputError
        fewer than two studies, or what the estimators refuse.
    """
    studies = {row.study for row in rows}
    if len(studies) < _LEAST:
        raise InputError(
            f"there is {len(studies)} study to pool ({', '.join(sorted(studies))}); pooling needs"
            f" {_LEAST} or more. Widen the filters, or add studies."
        )
    options: dict[str, Any] = {key: getattr(asked, key) for key in _KEYS[asked.measure]}
    options["labels"] = [row.label for row in rows]
    if len(studies) < len(rows):
        options["study"] = [row.study for row in rows]
    if asked.moderators:
        options["moderators"] = {
            name: [row.moderators[name] for row in rows] for name in asked.moderators
        }
    calls = {"proportion": pool_proportions, "ratio": pool_ratios, "survival": pool_survival}
    columns = [[row.numbers[key] for row in rows] for key in rows[0].numbers]
    return calls[asked.measure](*columns, **options)  # type: ignore[operator, no-any-return]
