"""The document of a pool, ``atrisk-pool/1``: everything the page, the figures and tables show."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from atrisk._version import __version__
from atrisk.evidence.pool.cautions import cautions
from atrisk.evidence.pool.details import funnel_node, influence_node, leave_one_out_node
from atrisk.evidence.pool.models import SCHEMA
from atrisk.evidence.pool.numbers import number, numbers_of
from atrisk.evidence.pool.own import own_node
from atrisk.evidence.pool.regression import regression_node
from atrisk.evidence.pool.subgroups import subgroups_node

if TYPE_CHECKING:
    from atrisk.estimators.pool_result import Pool
    from atrisk.evidence.pool.models import PoolFile
    from atrisk.evidence.pool.own import OwnCounts
    from atrisk.evidence.pool.rows import Collected, PoolRow
    from atrisk.toml import TomlFile

__all__ = ["pool_document"]

_POOLED = (
    "estimate", "lower", "upper", "link_estimate", "link_std_error", "df",
    "tau2", "tau2_lower", "tau2_upper", "tau2_study", "tau2_study_lower", "tau2_study_upper",
    "tau2_arm", "tau2_arm_lower", "tau2_arm_upper", "tau2_p_value",
    "i2", "i2_lower", "i2_upper", "h2", "q", "q_df", "q_p_value", "lrt", "lrt_p_value",
    "prediction_lower", "prediction_upper", "prediction_df", "scaling", "loglik",
)  # fmt: skip
_NAMES = ("model", "scale", "method", "tau2_method", "tau2_interval", "ci", "prediction_rule")
_ROW = ("estimate", "lower", "upper", "effect", "std_error", "weight")


def pool_document(
    read: TomlFile, asked: PoolFile, collected: Collected, own: OwnCounts | None, pool: Pool
) -> dict[str, Any]:
    """Make the document of a pool.

    Parameters
    ----------
    read, asked
        the file.
    collected
        its rows and what was left out.
    own
        the reader's own cohort, if there is one.
    pool
        of the rows, in their order.

    Returns
    -------
    dict
        numbers as floats, None where a number is not defined or has no limit.
    """
    table = asked.pool
    return {
        "schema": SCHEMA,
        "software": {"name": "atrisk", "version": __version__},
        "file": {"name": read.path.name, "sha256": _digest(read)},
        "title": table.title,
        "outcome": table.outcome,
        "measure": table.measure,
        "ratio_name": table.ratio_name if table.measure == "ratio" else None,
        "conf_level": pool.conf_level,
        "source": _source(asked),
        "papers": [{"id": name, "citation": text} for name, text in collected.papers],
        "studies": [_row(row, pool, at) for at, row in enumerate(collected.rows)],
        "pooled": _pooled(pool),
        "subgroups": subgroups_node(read, collected.rows, table, pool),
        "regression": regression_node(pool, table),
        "own": None if asked.own is None or own is None else own_node(pool, asked.own, own),
        "new_cohort": _new(pool),
        "leave_one_out": leave_one_out_node(read, pool) if table.leave_one_out else None,
        "influence": influence_node(read, pool) if table.influence else None,
        "funnel": funnel_node(read, pool) if table.funnel else None,
        "left_out": [{"who": who, "why": why} for who, why in collected.left_out],
        "not_used": [{"who": who, "why": why} for who, why in collected.not_used],
        "cautions": cautions(collected.rows, pool, table),
        "notes": list(pool.notes),
        "limits": _limits(asked),
    }


def _digest(read: TomlFile) -> str:
    return sha256(read.path.read_bytes()).hexdigest()


def _source(asked: PoolFile) -> dict[str, Any]:
    record = asked.record
    if record is None:
        kind = "csv" if asked.pool.csv is not None else "file"
        return {"kind": kind, "csv": asked.pool.csv, "said": asked.pool.source, "filters": {}}
    names = ("endpoint", "population", "line", "ph", "regimen", "min_dose", "max_dose", "time")
    given = {name: getattr(record, name) for name in names}
    filters = {name: value for name, value in given.items() if value is not None}
    filters |= {"arms": record.arms} if record.arms != "whole" else {}
    return {"kind": "record", "csv": None, "said": asked.pool.source, "filters": filters}


def _limits(asked: PoolFile) -> dict[str, Any] | None:
    """Say how standard errors come from printed limits; None for counts."""
    table = asked.pool
    if table.measure == "proportion":
        return None
    made_on = "log" if table.measure == "ratio" else table.limits_scale or table.scale
    return {"level": table.limits_level, "scale": made_on, "symmetry": table.require_symmetry}


def _row(row: PoolRow, pool: Pool, at: int) -> dict[str, Any]:
    counts = pool.kind == "proportion"
    return {
        "study": row.study,
        "arm": row.arm,
        "label": row.label,
        "group": row.group,
        "events": int(pool.events[at]) if counts else None,
        "total": int(pool.total[at]) if counts else None,
        "printed": None if counts else {key: str(text) for key, text in row.numbers.items()},
        **{name: number(getattr(pool, _of_study(name))[at]) for name in _ROW},
        "moderators": dict(row.moderators),
        "source": row.source,
        "remarks": list(row.remarks),
    }


def _of_study(name: str) -> str:
    return f"study_{name}" if name in {"estimate", "lower", "upper"} else name


def _pooled(pool: Pool) -> dict[str, Any]:
    several = len(set(pool.study)) < len(pool.study)
    counts = pool.kind == "proportion"
    return {
        "studies": len(set(pool.study)),
        "rows": len(pool.study),
        "several_arms": several,
        "moderators": len(pool.terms) - 1,
        "events": int(pool.events.sum()) if counts else None,
        "total": int(pool.total.sum()) if counts else None,
        **numbers_of(pool, _POOLED),
        **{name: getattr(pool, name) for name in _NAMES},
        "quadrature": pool.quadrature or None,
    }


def _new(pool: Pool) -> dict[str, Any] | None:
    new = pool.new_cohort
    if new is None:
        return None
    names = ("estimate", "lower", "upper")
    counts = {"total": new.total, "low": new.lower_events, "high": new.upper_events}
    return {**counts, **numbers_of(new, names)}
