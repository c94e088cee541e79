"""The guard rail of median follow-up where the analysis itself does not print it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.estimators.survival import follow_up
from atrisk.study.analyses import (
    CumulativeIncidenceAnalysis,
    LandmarkAnalysis,
    TimeDependentAnalysis,
    WeightedAnalysis,
)
from atrisk.study.cohort import cohort
from atrisk.study.guard_rails_rules import short_follow_up
from atrisk.study.values import time_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.endpoints import Outcome
    from atrisk.study.guard_rails_found import Found
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table

__all__ = ["curve_follow_up"]

_WITHOUT_FOLLOW_UP = (
    CumulativeIncidenceAnalysis,
    LandmarkAnalysis,
    TimeDependentAnalysis,
    WeightedAnalysis,
)


def curve_follow_up(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome | None, node: dict[str, Any]
) -> Iterator[Found]:
    """Object to estimates at times later than the median follow-up of all patients."""
    if not isinstance(analysis.asked, _WITHOUT_FOLLOW_UP) or result is None:
        return
    patients = cohort(analysis, plan, table, result)
    reverse = follow_up(patients.histories(), conf_level=analysis.asked.conf_level)
    key = f"{analysis.id}.short_follow_up.estimate"
    entry = time_value(
        reverse.median().columns()["estimate"][0],
        plan.clock,
        method=patients.method(reverse.method),
        n=len(patients.time),
        missing="not reached",
    )
    yield from short_follow_up(node, {key: entry}, key)
