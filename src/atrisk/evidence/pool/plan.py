"""What a pool file asks for, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.pool.models import PoolFile
    from atrisk.evidence.pool.own import OwnCounts
    from atrisk.evidence.pool.rows import Collected, PoolRow

__all__ = ["plan_lines"]


def plan_lines(asked: PoolFile, collected: Collected, own: OwnCounts | None) -> list[str]:
    """Say what would be pooled and how."""
    pool = asked.pool
    studies = len({row.study for row in collected.rows})
    rows = len(collected.rows)
    arms = f" ({rows} arms)" if rows > studies else ""
    return [
        pool.title,
        f"{pool.outcome}: {pool.measure}, {studies} {'study' if studies == 1 else 'studies'}{arms}",
        *(_row(row) for row in collected.rows),
        *_said("left out", collected.left_out),
        *_said("not used", collected.not_used),
        *_method(asked),
        *_own(asked, own),
    ]


def _row(row: PoolRow) -> str:
    shown = [str(value) for value in row.numbers.values()]
    numbers = "/".join(shown) if len(shown) == 2 else f"{shown[0]} ({shown[1]} to {shown[2]})"
    more = [] if row.group is None else [row.group]
    more += [f"{name} {value:g}" for name, value in row.moderators.items()]
    return "  " + ", ".join([f"{row.label}: {numbers}", *more, *row.remarks])


def _said(noun: str, pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for who, why in pairs:
        yield f"  {noun}: {who}: {why}"


def _method(asked: PoolFile) -> Iterator[str]:
    pool = asked.pool
    how = pool.method if pool.measure == "proportion" else "inverse variance"
    tau2 = "" if how == "glmm" and pool.tau2 != "fixed" else f", tau2 {pool.tau2}"
    yield f"method: {how}{tau2}, prediction {pool.prediction}, {100 * pool.conf_level:g}%"
    if pool.subgroup is not None:
        yield f"subgroups: {pool.subgroup}{', common tau2' if pool.common_tau2 else ''}"
    if pool.moderators:
        yield f"meta-regression on {', '.join(pool.moderators)}"
    extra = [name for name in ("leave_one_out", "influence", "funnel") if getattr(pool, name)]
    if extra:
        yield f"also: {', '.join(name.replace('_', ' ') for name in extra)}"


def _own(asked: PoolFile, own: OwnCounts | None) -> Iterator[str]:
    if asked.own is not None and own is not None:
        yield f"beside the pool: {asked.own.label}: {own.events}/{own.total}"
