"""A row for each patient and endpoint: when their time starts and ends, and where that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.dated import CUT_OFF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from atrisk.study.dated import Dated
    from atrisk.study.derived.provenance import Provenance
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import EndpointPlan
    from atrisk.study.table import Table

__all__ = ["provenance_rows"]

_PLACES = ("date", "column", "form", "field", "instance", "entry", "file", "line")
_HEAD = (
    *("record", "centre", "endpoint", "used", "end", "time", "unit"),
    *(f"start_{name}" for name in _PLACES),
    *(f"end_{name}" for name in _PLACES),
    "reason",
)


def provenance_rows(
    table: Table, outcomes: Iterable[tuple[EndpointPlan, Outcome]], unit: str
) -> dict[str, list[Any]]:
    """Say of every patient and endpoint which entries gave the start and the end.

    Parameters
    ----------
    unit
        the unit of the times.

    Returns
    -------
    dict
        column -> a value a row, "" where there is none. Who is left out of an endpoint has a row
        that says why.
    """
    source = table.provenance
    found: dict[str, list[Any]] = {name: [] for name in _HEAD}
    if source is None:
        return found
    records = np.array(source.records.ids, dtype=object)[source.at]
    centres = np.array([centre.id for centre in source.records.centres], dtype=object)
    centre = centres[source.records.centre[source.at]]
    for plan, outcome in outcomes:
        if outcome.dated is None:
            continue
        part = {
            "record": records,
            "centre": centre,
            "endpoint": np.full(table.rows, plan.label, dtype=object),
            "unit": np.full(table.rows, unit, dtype=object),
            **_ending(plan, outcome),
            **_day("start", outcome.dated.start, source),
            **_day("end", outcome.dated.end, source),
            "reason": _reasons(table, outcome),
        }
        for name in _HEAD:
            found[name] += part[name].tolist()
    return found


def _ending(plan: EndpointPlan, outcome: Outcome) -> dict[str, NDArray[Any]]:
    """Say whether a row is used, what ended it, and after which time."""
    labels = np.array(["Censored", *(cause.label for cause in plan.causes)], dtype=object)
    time = outcome.time.astype(object)
    time[~outcome.usable] = ""
    return {
        "used": np.where(outcome.usable, "yes", "no").astype(object),
        "end": np.where(outcome.usable, labels[outcome.cause], "").astype(object),
        "time": time,
    }


def _day(stem: str, part: Dated, source: Provenance) -> dict[str, NDArray[Any]]:
    """Say where the day of each row stands."""
    count = len(part.day)
    made = {name: np.full(count, "", dtype=object) for name in _PLACES}
    made["date"] = np.where(np.isnat(part.day), "", part.day.astype(str)).astype(object)
    made["column"] = part.names()
    made["form"][part.at == CUT_OFF] = "data cut-off"
    for place, column in enumerate(part.columns):
        rows = part.at == place
        if not rows.any():
            continue
        found = source.origins(column)
        made["form"][rows], made["field"][rows] = found.form[rows], found.field[rows]
        made["entry"][rows], made["file"][rows] = found.value[rows], found.file[rows]
        for name, numbers in (("instance", found.instance), ("line", found.line)):
            shown = numbers.astype(object)
            shown[numbers <= 0] = ""
            made[name][rows] = shown[rows]
    return {f"{stem}_{name}": values for name, values in made.items()}


def _reasons(table: Table, outcome: Outcome) -> NDArray[Any]:
    """Say why a row is left out."""
    reasons = np.full(table.rows, "", dtype=object)
    place = {int(line): row for row, line in enumerate(table.lines.tolist())}
    for item in outcome.left_out:
        reasons[place[item.line]] = f"{item.reason}: {item.column}"
    return reasons
