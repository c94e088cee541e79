"""A meta-regression in the document: coefficients, the test, and the line with its bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.evidence.pool.models import RECORD_MODERATORS
from atrisk.evidence.pool.numbers import number, numbers_of

if TYPE_CHECKING:
    from atrisk.estimators.pool_result import Pool
    from atrisk.evidence.pool.models import PoolTable

__all__ = ["regression_node"]

_POINTS = 101
_RATIOS = {"logit": "odds ratio", "log": "ratio of ratios", "cloglog": "hazard ratio"}
_COLUMNS = ("estimate", "lower", "upper", "prediction_lower", "prediction_upper")


def regression_node(pool: Pool, asked: PoolTable) -> dict[str, Any] | None:
    """Describe the meta-regression; None where there are no moderators.

    Returns
    -------
    dict
        a row a coefficient on the scale of the pool (with its ratio where the scale is one of
        logarithms), the test of all moderators, and, of one moderator, the line between its least
        and its greatest value with both bands.
    """
    if not asked.moderators:
        return None
    names = ("qm", "qm_df", "qm_df2", "qm_p_value", "r2")
    return {
        "moderators": [_moderator(pool, name, at) for at, name in enumerate(asked.moderators)],
        "coefficients": [_coefficient(pool, at) for at in range(len(pool.terms))],
        "ratio": _RATIOS.get(pool.scale),
        **numbers_of(pool, names),
        "line": _line(pool) if len(asked.moderators) == 1 else None,
    }


def _moderator(pool: Pool, name: str, at: int) -> dict[str, Any]:
    values = pool._request.moderators[:, at]  # noqa: SLF001 - the values the pool was made with
    return {
        "name": name,
        "label": RECORD_MODERATORS.get(name, name),
        "least": float(values.min()),
        "greatest": float(values.max()),
        "mean": float(values.mean()),
    }


def _coefficient(pool: Pool, at: int) -> dict[str, Any]:
    names = ("coefficients", "std_error", "statistic", "p_value", "lower", "upper")
    columns = [name if name == "coefficients" else f"coef_{name}" for name in names]
    found = {
        "estimate" if name == "coefficients" else name: number(getattr(pool, column)[at])
        for name, column in zip(names, columns, strict=True)
    }
    ratios: list[float | None] = [None, None, None]
    if at and pool.scale in _RATIOS:
        ends = (found["estimate"], found["lower"], found["upper"])
        ratios = [None if end is None else math.exp(end) for end in ends]
    return {"term": pool.terms[at], **found, "ratio": ratios}


def _line(pool: Pool) -> dict[str, list[float | None]]:
    values = pool._request.moderators[:, 0]  # noqa: SLF001 - the values the pool was made with
    grid = np.linspace(values.min(), values.max(), _POINTS)
    found = pool.predict({pool.terms[1]: grid})
    columns = {name: [number(v) for v in getattr(found, name)] for name in _COLUMNS}
    return {"x": [float(x) for x in grid], **columns}
