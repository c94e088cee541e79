"""Curves of any estimator taken into the document: steps, numbers at risk, values at chosen times.

Kaplan-Meier, Aalen-Johansen and Simon-Makuch curves are read in the same way, for groups that stay
and for states that patients move between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.cohort import curve_node, known_until, risk_row, split
from atrisk.study.milestones import milestone_entries, reading_times
from atrisk.study.units import Clock
from atrisk.study.values import merged, value, with_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.analysis_base import CurveReading
    from atrisk.study.cohort import Cohort, Columns
    from atrisk.study.groups import Level
    from atrisk.study.units import Milestone
    from atrisk.study.values import Entries

__all__ = [
    "CurveJob",
    "Found",
    "count_entries",
    "curve_job",
    "join_found",
    "read_curves",
    "risk_table",
    "totals",
]

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Found:
    """What one call of an estimator gives to the document."""

    curves: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    entries: Entries
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CurveJob:
    """What reading curves needs to know of their patients.

    Attributes
    ----------
    prefix
        the key before the group.
    times
        when to read.
    ticks
        times of the table of numbers at risk.
    sizes, last
        patients and last time observed by id of the group.
    clock
        of time.
    weighted_by
        the column of the weights, or None.
    start
        where the curves start, from the origin.
    shift
        the time from the origin at which the clock of the curves stands at 0.
    words
        what else stands behind the name of a method.
    """

    prefix: str
    times: tuple[Milestone, ...]
    ticks: list[float]
    sizes: Mapping[str, int]
    last: Mapping[str, float]
    clock: Clock
    weighted_by: str | None
    start: float = 0.0
    shift: float = 0.0
    words: str = ""

    def method(self, words: str) -> str:
        """Name the weights, where there are any, behind the name of a method."""
        named = with_weights(words, self.weighted_by)
        return f"{named}, {self.words}" if self.words else named

    def beyond(self, group: str, end: float) -> str:
        """Say why a curve has no value after the time up to which it is known."""
        last = self.last[group]
        if end < last:
            return f"nobody was left at risk after {self.clock.spelled(end)}"
        return f"beyond follow-up (last observed at {self.clock.spelled(last)})"


def curve_job(
    prefix: str, patients: Cohort, times: tuple[Milestone, ...], ticks: list[float]
) -> CurveJob:
    """Describe the groups of a cohort, and all patients together."""
    members = dict(patients.chosen.members())
    return CurveJob(
        prefix=prefix,
        times=times,
        ticks=ticks,
        sizes={group: patients.count(rows) for group, rows in members.items()},
        last={group: float(patients.time[rows].max()) for group, rows in members.items()},
        clock=patients.clock,
        weighted_by=patients.weighted_by,
    )


def count_entries(prefix: str, patients: Cohort) -> Entries:
    """Count patients, events and censorings of each group; patients, not weights."""
    entries: Entries = {}
    for group, rows in patients.chosen.members():
        n = patients.count(rows)
        events = patients.count(rows & (patients.cause > 0))
        for name, count in (("n", n), ("events", events), ("censored", n - events)):
            entries[f"{prefix}.{group}.{name}"] = value(count, "patients")
    return entries


def read_curves(
    job: CurveJob,
    levels: tuple[Level, ...],
    curves: Any,  # noqa: ANN401 - curves of any estimator
    cause: str | None = None,
) -> Found:
    """Take the curves of some groups, of one cause where there are several.

    Parameters
    ----------
    job
        of their patients.
    levels
        the groups in the curves.
    curves
        what an estimator gave.
    cause
        of cumulative incidence, which starts at 0; survival starts at 1.
    """
    ends = {group: end + job.shift for group, end in known_until(curves, levels, cause).items()}
    first = 1.0 if cause is None else 0.0
    steps = split(curves.columns(), levels, cause)
    nodes = [
        curve_node(group, _shifted(columns, job.shift), first, ends[group], job.start)
        for group, columns in steps.items()
    ]
    if cause is not None:
        nodes = [{"group": node["group"], "cause": cause, **node} for node in nodes]
    ticks = [tick - job.shift for tick in job.ticks]
    read = split(curves.at(ticks, beyond="carry").columns(), levels, cause)
    rows = [
        risk_row(group, columns) | _before(steps[group], ticks) for group, columns in read.items()
    ]
    return Found(nodes, rows, _milestones(job, levels, curves, ends, cause), tuple(curves.notes))


def _shifted(columns: Columns, shift: float) -> Columns:
    """Count times from the origin."""
    return columns if shift == 0.0 else {**columns, "time": columns["time"] + shift}


def _milestones(
    job: CurveJob,
    levels: tuple[Level, ...],
    curves: Any,  # noqa: ANN401 - as above
    ends: Mapping[str, float],
    cause: str | None,
) -> Entries:
    prefix = job.prefix if cause is None else f"{job.prefix}.{cause}"
    early = tuple(time for time in job.times if time.value < job.start)
    times = tuple(time for time in job.times if time.value >= job.start)
    parts = [_before_start(f"{prefix}.{level.id}", early, job) for level in levels if early]
    if not times:
        return merged(*parts)
    asked = [time - job.shift for time in reading_times(times)]
    read = split(curves.at(asked, beyond="missing").columns(), levels, cause)
    named = f"{curves.method}, {curves.variance} variance, {curves.conf_type} interval"
    for group, columns in read.items():
        parts.append(
            milestone_entries(
                f"{prefix}.{group}",
                times,
                {**columns, "time": np.array(reading_times(times))},
                beyond=job.beyond(group, ends[group]),
                method=job.method(named),
                at_risk_method=job.method("just before this time"),
                n=job.sizes[group],
            )
        )
    return merged(*parts)


def _start(job: CurveJob) -> str:
    """Spell when curves start: in the unit of the report, where few decimals tell it whole."""
    tenths = 10.0 * job.clock.reported(job.start)
    whole = abs(tenths - round(tenths)) < 1e-9 * tenths
    unit = job.clock.unit
    return (job.clock if whole else Clock(unit, unit)).spelled(job.start)


def _before_start(prefix: str, times: tuple[Milestone, ...], job: CurveJob) -> Entries:
    """Say of times before the start of a curve that it has no value there."""
    reason = f"before the start of the curve at {_start(job)}"
    return {
        f"{prefix}.{time.id}.{part}": value(None, unit, missing=reason)
        for time in times
        for part, unit in _READ.items()
    }


_READ = dict.fromkeys(("estimate", "std_error", "lower", "upper"), "proportion") | {
    "at_risk": "patients"
}


def join_found(parts: list[Found]) -> Found:
    """Put what several calls gave behind one another; numbers at risk are those of all causes."""
    return Found(
        [curve for part in parts for curve in part.curves],
        _over_causes([part.rows for part in parts]),
        merged(*(part.entries for part in parts)),
        tuple(note for part in parts for note in part.notes),
    )


_OF_A_CAUSE = ("events", "events_before")


def _over_causes(tables: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Add the events of a group in several tables; whoever is at risk is at risk of each cause."""
    rows: dict[str, dict[str, Any]] = {}
    for row in (row for table in tables for row in table):
        known = rows.setdefault(row["group"], row)
        if known is not row:
            added = {name: np.add(known[name], row[name]).tolist() for name in _OF_A_CAUSE}
            rows[row["group"]] = {**known, **added}
    return list(rows.values())


def risk_table(
    asked: CurveReading, times: list[float], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """Make the table under the time axis; ``shown`` are the kinds of rows that were asked for."""
    return {"times": times, "shown": list(asked.risk_rows), "rows": rows}


def totals(counts: NDArray[np.float64]) -> list[float | int]:
    """Write sums of patients; what fractional weights leave of rounding is cut off."""
    sums = [round(float(number), 9) for number in counts]
    return [int(number) if number.is_integer() else number for number in sums]


def _before(columns: Columns, ticks: list[float]) -> dict[str, list[float | int]]:
    """Count events and censored patients before each tick: with those at risk, all who entered."""
    # a time that rounding has put beside its tick is at it
    earlier = columns["time"] < np.array(ticks)[:, np.newaxis] * (1.0 - _ROUNDING)
    return {
        f"{name}_before": totals(np.where(earlier, columns[name], 0.0).sum(axis=1))
        for name in ("events", "censored")
    }
