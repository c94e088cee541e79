"""Leave-one-out, influence and funnel of a pool in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import ndtri

from atrisk.engine.meta_scales import FORWARD
from atrisk.errors import InputError
from atrisk.evidence.pool.numbers import number, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from atrisk.estimators.pool_result import Pool
    from atrisk.toml import TomlFile

    _Result = TypeVar("_Result")

__all__ = ["funnel_node", "influence_node", "leave_one_out_node"]

_LEFT = ("estimate", "lower", "upper", "tau2", "i2", "q", "q_p_value")
_CASES = (
    "rstudent", "dffits", "cook", "cov_ratio", "tau2_deleted", "q_deleted", "hat", "weight",
)  # fmt: skip
_PERCENTS: Final = (0.1, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9)
_RATIOS: Final = (
    0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0,
    5.0, 7.0, 10.0, 20.0, 50.0, 100.0,
)  # fmt: skip


def leave_one_out_node(read: TomlFile, pool: Pool) -> dict[str, Any]:
    """Give the pool without each study in turn, the value most changed first told by `range`."""
    found = _asked(read, "leave_one_out", pool.leave_one_out)
    rows = [
        {"label": str(label), **{name: number(getattr(found, name)[at]) for name in _LEFT}}
        for at, label in enumerate(found.left_out)
    ]
    known = [row["estimate"] for row in rows if row["estimate"] is not None]
    return {"rows": rows, "least": min(known), "greatest": max(known), "notes": list(found.notes)}


def influence_node(read: TomlFile, pool: Pool) -> dict[str, Any]:
    """Give the case diagnostics."""
    found = _asked(read, "influence", pool.influence)
    rows = [
        {
            "label": str(label),
            **{name: number(getattr(found, name)[at]) for name in _CASES},
            "dfbetas": [number(value) for value in found.dfbetas[at]],
            "influential": bool(found.influential[at]),
        }
        for at, label in enumerate(found.labels)
    ]
    return {"terms": list(found.terms), "rows": rows}


def funnel_node(read: TomlFile, pool: Pool) -> dict[str, Any]:
    """Give the points of the funnel, its test, and the marks of its axis.

    ``quantile`` is that of the lines of the funnel, centre -+ quantile * std_error; None where the
    height is no standard error. ``ticks`` stand at values of the natural scale.
    """
    found = _asked(read, "funnel", pool.funnel)
    points = [
        {
            "label": str(label),
            "effect": float(found.effect[at]),
            "std_error": float(found.std_error[at]),
            "measure": float(found.measure[at]),
        }
        for at, label in enumerate(found.labels)
    ]
    names = (
        "centre", "slope", "slope_error", "statistic", "df", "p_value", "limit", "limit_error",
    )  # fmt: skip
    of_errors = found.predictor == "std_error"
    return {
        "points": points,
        "predictor": found.predictor,
        **numbers_of(found, names),
        "quantile": float(ndtri(0.5 + pool.conf_level / 2.0)) if of_errors else None,
        "ticks": _ticks(pool),
        "notes": list(found.notes),
    }


def _ticks(pool: Pool) -> list[dict[str, Any]]:
    """Place values of the natural scale on that of the pool."""
    if pool.scale == "double_arcsine":
        return []
    if pool.scale == "log":
        return [{"at": float(np.log(value)), "value": value} for value in _RATIOS]
    shares = np.array(_PERCENTS) / 100.0
    at = np.arcsin(np.sqrt(shares)) if pool.scale == "arcsine" else FORWARD[pool.scale](shares)
    return [
        {"at": float(place), "value": float(share)} for place, share in zip(at, shares, strict=True)
    ]


def _asked(read: TomlFile, key: str, make: Callable[[], _Result]) -> _Result:
    try:
        return make()
    except InputError as error:
        raise read.error(("pool", key), str(error)) from None
