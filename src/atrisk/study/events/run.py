"""The call of each analysis that shows patients, doses or calendar time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.event_analyses import (
    AccrualAnalysis,
    DoseEventAnalysis,
    ScheduleAnalysis,
    SwimmerAnalysis,
    TrajectoriesAnalysis,
)
from atrisk.study.events.accrual import accrual
from atrisk.study.events.dose_event import dose_event
from atrisk.study.events.schedule import schedule
from atrisk.study.events.shown import shown
from atrisk.study.events.swimmer import swimmer
from atrisk.study.events.trajectories import trajectories
from atrisk.study.groups import OVERALL
from atrisk.study.selection import by_node, left_out_nodes

if TYPE_CHECKING:
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table
    from atrisk.study.values import Entries

__all__ = ["events_analysis"]


def events_analysis(
    plan: AnalysisPlan, study: Plan, table: Table
) -> tuple[dict[str, Any], Entries]:
    """Run an analysis that shows patients, doses or calendar time.

    Parameters
    ----------
    plan
        what to do.
    study
        of which study.
    table
        the patients analysed.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.
    """
    found = shown(plan, study, table)
    made: dict[str, Any]
    match plan.asked:
        case SwimmerAnalysis() as asked:
            made, entries = swimmer(asked, study, found)
        case TrajectoriesAnalysis() as asked:
            made, entries = trajectories(asked, plan, study, found)
        case DoseEventAnalysis() as asked:
            made, entries = dose_event(asked, plan, study, found)
        case ScheduleAnalysis() as asked:
            made, entries = schedule(asked, found)
        case AccrualAnalysis() as asked:
            made, entries = accrual(asked, study, found)
        case _:
            raise TypeError(f"{plan.id} has no call")
    node = {
        "id": plan.id,
        "kind": plan.kind,
        "title": plan.title,
        "by": by_node(plan),
        "groups": [level.node() for level in found.groups],
        "overall": OVERALL.node(),
        "where": plan.asked.where,
        **made,
        "notes": [*found.notes, *made["notes"]],
        "left_out": left_out_nodes([*found.left_out, *made["left_out"]]),
    }
    return node, {f"{plan.id}.{key}": entry for key, entry in entries.items()}
