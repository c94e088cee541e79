"""The best change of each patient: fall of blasts in percent, or of MRD in powers of ten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.study.events.measured import KINDS
from atrisk.study.events.shown import record_name
from atrisk.study.values import Entries, plain, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.event_analyses import TrajectoriesAnalysis
    from atrisk.study.events.measured import Measured
    from atrisk.study.events.shown import Shown
    from atrisk.study.groups import Grouping

__all__ = ["best_changes"]

_VALUE: Final = KINDS.index("value")
_UNTIL: Final = "from the first dose of INO to the transplantation"


@dataclass(frozen=True, slots=True)
class _Change:
    """The change of a patient; ``at_least`` where the lowest value is a limit of detection."""

    first: float
    best: float
    change: float
    at_least: bool


def best_changes(
    asked: TrajectoriesAnalysis,
    found: Shown,
    line: Timeline,
    measured: Measured,
    levels: Grouping | None,
) -> tuple[dict[str, Any], Entries]:
    """Compare the lowest value before the transplantation with the one at the start."""
    counted = ~(measured.day < line.start[measured.record]) & ~(
        measured.day > line.hct[measured.record]
    )
    counted &= ~np.isnan(measured.day) & ~np.isnan(line.start[measured.record])
    bars: list[tuple[int, _Change]] = []
    reasons: dict[str, list[int]] = {}
    for row in range(found.count):
        mine = np.flatnonzero(counted & (measured.record == row) & ~np.isnan(measured.value))
        made = (
            _of_mrd(measured, mine) if asked.measure == "mrd" else _of_blasts(measured, mine, row)
        )
        if isinstance(made, str):
            reasons.setdefault(made, []).append(row)
        else:
            bars.append((row, made))
    node = {
        "unit": "log10" if asked.measure == "mrd" else "percent",
        "period": _UNTIL,
        "levels": [level.node() for level in levels.levels] if levels is not None else [],
        "bars": _bars(asked, found, bars, levels),
        "reasons": [
            {"id": f"reason_{number}", "label": reason}
            for number, reason in enumerate(sorted(reasons), start=1)
        ],
        "listed": [
            {"record": record_name(found.table, row), "reason": reason}
            for reason in sorted(reasons)
            for row in reasons[reason]
            if asked.labels == "record"
        ],
    }
    return node, _entries(found, bars, reasons, str(node["unit"]))


def _of_blasts(measured: Measured, mine: NDArray[np.int64], row: int) -> _Change | str:
    first = float(measured.before[row])
    if np.isnan(first):
        return "no value before treatment"
    if first == 0:
        return "no blasts before treatment"
    if not mine.size:
        return "no value after the first dose"
    best = float(measured.value[mine].min())
    return _Change(first, best, 100 * (best - first) / first, at_least=False)


def _of_mrd(measured: Measured, mine: NDArray[np.int64]) -> _Change | str:
    if not mine.size:
        return "no result with a level or a limit of detection"
    order = mine[np.lexsort((measured.value[mine], measured.day[mine]))]
    start, later = order[0], order[measured.day[order] > measured.day[order[0]]]
    if measured.kind[start] != _VALUE:
        return "the first result has no level: nothing to compare with"
    if not later.size:
        return "one result only"
    lowest = later[np.lexsort((measured.kind[later] == _VALUE, measured.value[later]))][0]
    first, best = float(measured.value[start]), float(measured.value[lowest])
    change = round(float(np.log10(best / first)), 12)
    return _Change(first, best, change, at_least=bool(measured.kind[lowest] != _VALUE))


def _bars(
    asked: TrajectoriesAnalysis,
    found: Shown,
    bars: list[tuple[int, _Change]],
    levels: Grouping | None,
) -> list[dict[str, Any]]:
    """Sort the bars from the largest rise to the largest fall."""

    def level(row: int) -> str | None:
        if levels is None or levels.member[row] < 0:
            return None
        return str(levels.levels[levels.member[row]].id)

    def key(item: tuple[int, _Change]) -> tuple[float, float, str, str]:
        row, one = item
        return -one.change, -one.first, level(row) or "", record_name(found.table, row)

    made = []
    for number, (row, one) in enumerate(sorted(bars, key=key), start=1):
        record = {"record": record_name(found.table, row)} if asked.labels == "record" else {}
        made.append(
            {
                "number": number,
                **record,
                "group": level(row),
                "first": plain(one.first),
                "best": plain(one.best),
                "change": plain(one.change),
                "at_least": one.at_least,
            }
        )
    return made


def _entries(
    found: Shown, bars: list[tuple[int, _Change]], reasons: dict[str, list[int]], unit: str
) -> Entries:
    changes = np.array([one.change for _, one in bars])
    entries: Entries = {
        "change.n": value(len(bars), "patients", n=found.count),
        "change.not_measurable": value(found.count - len(bars), "patients", n=found.count),
        "change.fell": value(int((changes < 0).sum()), "patients", n=len(bars)),
        "change.rose": value(int((changes > 0).sum()), "patients", n=len(bars)),
    }
    how = f"lowest value {_UNTIL} against the one at the start"
    for name, reduce in (("median", np.median), ("min", np.min), ("max", np.max)):
        number = float(reduce(changes)) if bars else None
        entries[f"change.{name}"] = value(
            number, unit, n=len(bars), method=how, missing="no patient has a change to measure"
        )
    for number, reason in enumerate(sorted(reasons), start=1):
        entries[f"change.reason_{number}"] = value(len(reasons[reason]), "patients")
    return entries
