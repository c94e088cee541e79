"""All cells: every task at every size, with what is known from the smaller sizes."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING

import columns
from cell import Limits, Timing, predicted, run_cell
from compare import Difference, differences, read_curves
from result import Result
from tasks import TASKS, Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Suite"]

NOTHING = Difference(math.nan, math.nan)


class Suite:
    """Runs cells in order of size.

    Parameters
    ----------
    scratch
        folder for the data, about 50 bytes a row and as much again for the results.
    limits
        how long, how often.
    who
        the programs that take part.

    Attributes
    ----------
    versions
        name -> version of each program that ran.
    """

    def __init__(self, scratch: Path, limits: Limits, who: list[str]) -> None:
        self._scratch = scratch
        self._limits = limits
        self._who = who
        self._seconds: dict[tuple[str, str], dict[int, float]] = {}
        self.versions: dict[str, str] = {}

    def run(self, n: int, tasks: list[str]) -> Iterator[Result]:
        """Make the data of one size, run each task on it, and delete it."""
        data = self._scratch / str(n)
        columns.make(n, data)
        for task in tasks:
            yield from self._cell(task, n, data)
        shutil.rmtree(data)

    def _cell(self, name: str, n: int, data: Path) -> Iterator[Result]:
        task = TASKS[name]
        curves = data / "curves"
        curves.mkdir()
        who = [peer for peer in task.who if peer in self._who]
        timings = {peer: Timing(skipped=self._too_long(name, peer, n)) for peer in who}
        able = [peer for peer in who if timings[peer].skipped is None]
        timings |= run_cell(name, able, data, curves, self._limits)
        for peer, timing in timings.items():
            self._remember(name, peer, n, timing)
            yield _result(name, peer, n, timings, curves)
        shutil.rmtree(curves)

    def _too_long(self, task: str, peer: str, n: int) -> str | None:
        seconds = predicted(self._seconds.get((task, peer), {}), n)
        if seconds <= self._limits.seconds:
            return None
        return f"about {seconds:.0f} s a run expected from the smaller sizes"

    def _remember(self, task: str, peer: str, n: int, timing: Timing) -> None:
        self.versions |= timing.versions
        if timing.minimum is not None:
            self._seconds.setdefault((task, peer), {})[n] = timing.minimum


def _result(name: str, peer: str, n: int, timings: dict[str, Timing], curves: Path) -> Result:
    task = TASKS[name]
    timing, own = timings[peer], timings.get("atrisk", Timing())
    reference = task.reference if (curves / f"{task.reference}.bin").exists() else "atrisk"
    estimate, std_error = _compared(task, peer, reference, curves)
    return Result(
        task=name,
        title=task.title,
        who=peer,
        n=n,
        skipped=timing.skipped,
        runs=len(timing.seconds),
        min_seconds=timing.minimum,
        median_seconds=timing.median,
        ratio=_ratio(timing.minimum, own.minimum),
        median_ratio=_ratio(timing.median, own.median),
        peak_bytes=timing.peak_bytes,
        reference=None if estimate is NOTHING else reference,
        estimate=estimate,
        std_error=std_error,
        note=task.notes.get(peer),
    )


def _compared(task: Task, peer: str, reference: str, curves: Path) -> tuple[Difference, Difference]:
    """Compare a program's curves with the reference's, if both are there."""
    own, other = curves / f"{peer}.bin", curves / f"{reference}.bin"
    if peer == reference or not own.exists() or not other.exists():
        return NOTHING, NOTHING
    mine = read_curves(own)
    estimate, std_error = differences(mine, read_curves(other), task.start)
    if peer not in task.other_reference:
        return estimate, std_error
    same_variance = curves / f"{task.other_reference[peer]}.bin"
    if not same_variance.exists():
        return estimate, NOTHING
    return estimate, differences(mine, read_curves(same_variance), task.start)[1]


def _ratio(peer: float | None, own: float | None) -> float | None:
    return None if peer is None or own is None else peer / own
