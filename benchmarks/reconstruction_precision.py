"""How near reconstruction comes as coordinates get coarser, without a figure in between.

    python benchmarks/reconstruction_precision.py

Values at each fall are off by uniform noise within the stated precision; the rows are those of
docs/reconstruct.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from atrisk.evidence.curves import Curve, PseudoPatients, Reported, reconstruct
from atrisk.evidence.curves.estimates import table_of
from atrisk.evidence.curves.ratios import hazard_ratio
from reconstruction_cases import CASES, at_risk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconstruction_cases import Group

PRECISIONS = (1e-6, 1e-3, 3e-3)
GIVEN = ("at risk, total", "at risk", "n alone")
METHODS = ("auto", "guyot")
_TICKS = 6


class Off(NamedTuple):
    """How far one reconstructed curve is off."""

    events: float
    at_risk: float
    survival: float
    median: float


def _patients(group: Group) -> PseudoPatients:
    cause = np.where(group.event, "event", "").astype(object)
    return PseudoPatients(
        group.time, group.event, cause, cause, np.zeros(group.time.size, dtype=np.int64)
    )


def _read(group: Group, precision: float) -> Curve:
    table = table_of(_patients(group), ("event",))
    noise = np.random.default_rng(7).uniform(-precision, precision, table.time.size)
    falls = np.flatnonzero(np.diff(table.survival, prepend=1.0) < 0)
    time = np.append(table.time[falls], group.time.max())
    value = np.append(table.survival[falls] + noise[falls], table.survival[-1] + noise[falls[-1]])
    return Curve(time, np.clip(value, 0.0, 1.0), unit="days", precision_value=precision)


def _reported(group: Group, given: str) -> Reported:
    ticks = tuple(np.round(np.linspace(0.0, group.time.max(), _TICKS + 1)[:-1]).tolist())
    if given == "n alone":
        return Reported(n=group.time.size)
    total = int(group.event.sum()) if given == "at risk, total" else None
    counts = at_risk(group.time, ticks)
    return Reported(n=group.time.size, at_risk_time=ticks, at_risk=counts, total_events=total)


def _off(group: Group, made: PseudoPatients) -> Off:
    truth, found = table_of(_patients(group), ("event",)), table_of(made, ("event",))
    died = np.unique(group.time[group.event])
    risk = [abs(found.at_risk_at(float(t)) - truth.at_risk_at(float(t))) for t in died]
    quartiles = np.quantile(group.time, [0.25, 0.5, 0.75]).tolist()
    survival = [abs(found.survival_at(t)[0] - truth.survival_at(t)[0]) for t in quartiles]
    events = abs(int(made.event.sum()) - int(group.event.sum()))
    median = abs(found.median() / truth.median() - 1.0)
    return Off(events, float(np.mean(risk)), max(survival), median)


def rows() -> Iterator[str]:
    """Yield the table, one row a precision, set of printed numbers and method."""
    yield "| precision | printed | method | events | at risk | survival | median | log HR | SE |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for precision in PRECISIONS:
        for given in GIVEN:
            for method in METHODS:
                yield _row(precision, given, method)


def _row(precision: float, given: str, method: str) -> str:
    offs: list[Off] = []
    ratios: list[tuple[float, float]] = []
    for case in (named() for named in CASES.values()):
        made = []
        for group in case.groups[:2]:
            curve, reported = _read(group, precision), _reported(group, given)
            made.append(reconstruct(curve, reported, method=method, members=0).patients)
            offs.append(_off(group, made[-1]))
        truth = hazard_ratio(*(_patients(group) for group in case.groups[1::-1]), "days")
        found = hazard_ratio(made[1], made[0], "days")
        ratios.append((abs(np.log(found[0] / truth[0])), abs(found[3] / truth[3] - 1.0)))
    events = [off.events for off in offs]
    log_ratio, error = np.max(ratios, axis=0)
    return (
        f"| {precision:g} | {given} | {method} | {max(events):.0f} ({np.mean(events):.1f})"
        f" | {np.mean([off.at_risk for off in offs]):.1f}"
        f" | {max(off.survival for off in offs):.4f}"
        f" | {100 * np.nanmax([off.median for off in offs]):.1f}%"
        f" | {log_ratio:.3f} | {100 * error:.2f}% |"
    )


if __name__ == "__main__":
    for line in rows():
        print(line, flush=True)
