"""The analysis ``dose_event``: a dose with and without an event, and the event by dose."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.proportion import proportion
from atrisk.estimators.rank_tests import wilcoxon_test
from atrisk.study.columns import VARIABLE, numbers
from atrisk.study.conditions import parse_condition
from atrisk.study.events.shown import holds
from atrisk.study.values import Entries, plain, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.event_analyses import DoseEventAnalysis
    from atrisk.study.events.shown import Shown
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import LeftOut

__all__ = ["dose_event"]

_QUANTILES = "quantiles by linear interpolation (type 7)"


def dose_event(
    asked: DoseEventAnalysis, plan: AnalysisPlan, study: Plan, found: Shown
) -> tuple[dict[str, Any], Entries]:
    """Compare doses between those with and without an event; keys are those below the analysis."""
    variable = plan.variables[0]
    table = found.table
    dose = numbers(table, variable.column, VARIABLE)
    had, unknown = holds(asked.event, study, table)
    used = np.ones(table.rows, dtype=bool)
    left_out: list[LeftOut] = []
    for rows, columns, reason in (
        (np.isnan(dose), (variable.column,), f"{variable.asked.label} is missing"),
        (unknown, parse_condition(asked.event).names, f"{asked.event_label} is unknown"),
    ):
        left_out += table.left_out(np.flatnonzero(rows & used).tolist(), columns, reason)
        used &= ~rows
    dose, had = dose[used], had[used]
    if not dose.size:
        raise InputError("no patient has both a dose and an answer to 'event'.")
    unit = variable.asked.unit
    limits, how = _limits(asked, dose)
    entries = _groups(dose, had, unit)
    bands, more = _bands(asked, dose, had, limits)
    points = sorted(zip(dose.tolist(), had.tolist(), strict=True))
    node = {
        "dose": {"variable": variable.id, "label": variable.asked.label, "unit": unit},
        "event": {"label": asked.event_label, "text": asked.event},
        "conf_level": asked.conf_level,
        "conf_type": asked.conf_type,
        "band_rule": how,
        "bands": bands,
        "points": [[plain(x), bool(y)] for x, y in points],
        "notes": [],
        "left_out": left_out,
    }
    return node, entries | more | _test(dose, had)


def _groups(dose: NDArray[np.float64], had: NDArray[np.bool_], unit: str) -> Entries:
    entries: Entries = {"overall.n": value(len(dose), "patients")}
    for name, rows in (("event", had), ("no_event", ~had)):
        mine = dose[rows]
        entries[f"{name}.n"] = value(int(rows.sum()), "patients")
        quantiles = np.quantile(mine, (0.5, 0.25, 0.75, 0, 1)) if mine.size else [None] * 5
        for part, number in zip(("median", "q1", "q3", "min", "max"), quantiles, strict=True):
            entries[f"{name}.{part}"] = value(
                number, unit, n=mine.size, method=_QUANTILES, missing="no patient is in this group"
            )
    return entries


def _test(dose: NDArray[np.float64], had: NDArray[np.bool_]) -> Entries:
    reason = ""
    if had.all() or not had.any():
        reason = "all patients are in one group"
    elif np.unique(dose).size == 1:
        reason = "all doses are equal"
    if reason:
        return {"p_value": value(None, "probability", missing=reason, n=len(dose))}
    test = wilcoxon_test(dose, np.where(had, "event", "no event"))
    return {"p_value": value(test.p_value, "probability", n=len(dose), method=test.method)}


def _limits(asked: DoseEventAnalysis, dose: NDArray[np.float64]) -> tuple[list[float], str]:
    if asked.bands:
        return list(asked.bands), "given"
    # doses that were given, so that the limits read well
    thirds = np.quantile(dose, (1 / 3, 2 / 3), method="higher")
    limits = sorted({float(limit) for limit in thirds} - {float(dose.min())})
    return limits, "thirds"


def _bands(
    asked: DoseEventAnalysis,
    dose: NDArray[np.float64],
    had: NDArray[np.bool_],
    limits: list[float],
) -> tuple[list[dict[str, Any]], Entries]:
    """Count patients and events between limits; each band holds its lower one."""
    place = np.searchsorted(np.array(limits), dose, side="right")
    counts = np.bincount(place, minlength=len(limits) + 1)
    events = np.bincount(place[had], minlength=len(limits) + 1)
    found = proportion(events, counts, conf_type=asked.conf_type, conf_level=asked.conf_level)
    edges = [None, *limits, None]
    nodes, entries = [], {}
    for at, (low, high) in enumerate(pairwise(edges)):
        name = f"band_{at + 1}"
        nodes.append({"id": name, "from": low, "below": high})
        entries[f"{name}.n"] = value(int(counts[at]), "patients")
        entries[f"{name}.events"] = value(int(events[at]), "events", n=int(counts[at]))
        for part in ("estimate", "lower", "upper"):
            entries[f"{name}.{part}"] = value(
                float(getattr(found, part)[at]),
                "proportion",
                n=int(counts[at]),
                method=f"{asked.conf_type} interval" if part != "estimate" else None,
                missing="no patient is in this band",
            )
    return nodes, entries
