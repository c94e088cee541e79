"""The analysis ``accrual``: how many patients there were over calendar time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.study.columns import dates
from atrisk.study.groups import OVERALL
from atrisk.study.units import DAYS
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.event_analyses import AccrualAnalysis
    from atrisk.study.events.shown import Shown
    from atrisk.study.plan import Plan

__all__ = ["accrual"]


def accrual(asked: AccrualAnalysis, study: Plan, found: Shown) -> tuple[dict[str, Any], Entries]:
    """Count patients up to each day; keys are those below the analysis."""
    table = found.table
    day = dates(table, asked.on, study.data.date_format)
    known = ~np.isnat(day)
    left_out = table.left_out(np.flatnonzero(~known).tolist(), (asked.on,), "no known date")
    if not known.any():
        raise InputError(f"no patient has a date in the column {asked.on!r}.")
    members = [(level.id, found.group == place) for place, level in enumerate(found.groups)]
    members.append((OVERALL.id, np.ones(table.rows, dtype=bool)))
    series = [{"group": name, **_steps(day[known & rows])} for name, rows in members]
    entries: Entries = {
        f"{name}.n": value(int((known & rows).sum()), "patients") for name, rows in members
    }
    entries |= _pace(day[known])
    if asked.cut_off is not None:
        late = int((day[known] > np.datetime64(asked.cut_off, "D")).sum())
        entries["after_cut_off"] = value(late, "patients")
    node = {
        "date": asked.on,
        "date_label": asked.date_label,
        "display": asked.display,
        "cut_off": None if asked.cut_off is None else asked.cut_off.isoformat(),
        "first": str(day[known].min()),
        "last": str(day[known].max()),
        "series": series,
        "notes": [],
        "left_out": left_out,
    }
    return node, entries


def _steps(day: NDArray[np.datetime64]) -> dict[str, Any]:
    days, counts = np.unique(day.astype("datetime64[D]"), return_counts=True)
    return {"dates": [str(one) for one in days], "counts": np.cumsum(counts).tolist()}


def _pace(day: NDArray[np.datetime64]) -> Entries:
    """Give the time from the first patient to the last, and how many a month."""
    span = float((day.max() - day.min()) / np.timedelta64(1, "D"))
    months = span / DAYS["months"]
    return {
        "span": value(months, "months", n=len(day), method="from the first date to the last"),
        "per_month": value(
            len(day) / months if months else None,
            "patients a month",
            n=len(day),
            method="patients divided by the months from the first date to the last",
            missing="all dates are the same",
        ),
    }
