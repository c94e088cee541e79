"""Guyot's algorithm on the falls of a curve, as patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.evidence.curves import risk_sets
from atrisk.evidence.curves.guyot import guyot
from atrisk.evidence.curves.types import PseudoPatients, Solution

if TYPE_CHECKING:
    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.types import Reported

__all__ = ["Made", "by_guyot"]


@dataclass(frozen=True, slots=True)
class Made:
    """Patients, the whole numbers behind them, and whether all printed numbers were met."""

    patients: PseudoPatients
    solution: Solution
    settled: bool


def by_guyot(
    falls: Falls, reported: Reported, group: str, member: int, rng: np.random.Generator | None
) -> Made:
    """Run the algorithm on the readings, or on readings moved within their precision."""
    survival = 1.0 - falls.middle[:, 0]
    if rng is not None:
        half = (falls.high[:, 0] - falls.low[:, 0]) / 2.0
        survival = np.clip(survival + rng.uniform(-1.0, 1.0, survival.size) * half, 0.0, 1.0)
        survival = np.minimum.accumulate(survival)
    time = falls.time
    if falls.end > (time[-1] if time.size else 0.0):
        last = survival[-1] if survival.size else 1.0
        time, survival = np.append(time, falls.end), np.append(survival, last)
    known = risk_sets.ticks(reported)
    time, survival = _with_ticks(time, survival, [tick for tick, _ in known if tick > 0])
    total = reported.total_events
    found = guyot(
        time,
        survival,
        tuple(tick for tick, _ in known),
        tuple(count for _, count in known),
        sum(total) if isinstance(total, tuple) else total,
    )
    some = found.events > 0
    times = np.concatenate([np.repeat(found.time, found.events), found.censor_time])
    cause = np.empty(times.size, dtype=object)
    cause[:] = ""
    cause[: int(found.events.sum())] = falls.causes[0]
    event = cause != ""
    order = np.lexsort((~event, times))
    label = np.empty(times.size, dtype=object)
    label[:] = group
    patients = PseudoPatients(
        times[order], event[order].astype(bool), cause[order], label,
        np.full(times.size, member, dtype=np.int64),
    )  # fmt: skip
    at_risk, events = found.at_risk[some], found.events[some]
    left = int(at_risk[-1] - events[-1]) if at_risk.size else known[0][1]
    solution = Solution(found.time[some], at_risk, events[:, None], left, known[0][1])
    return Made(patients, solution, found.settled)


def _with_ticks(
    time: np.ndarray, survival: np.ndarray, ticks: list[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Add a reading at the time of each number at risk, as the algorithm takes them to be."""
    last = float(time[-1]) if time.size else 0.0
    more = np.array([tick for tick in ticks if tick < last and tick not in time])
    level = np.append(1.0, survival)[np.searchsorted(time, more, side="right")]
    order = np.argsort(np.append(time, more), kind="stable")
    return np.append(time, more)[order], np.append(survival, level)[order]
