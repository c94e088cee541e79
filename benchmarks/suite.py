"""All cells: every task at every size, with what is known from the smaller sizes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import columns
import machine
from cell import Limits, Timing, predicted, run_cell
from compare import NOTHING, Difference, coefficient_differences, differences, read_curves
from result import Result
from tasks import TASKS, Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Suite"]


class Suite:
    """Runs cells in order of size.

    Parameters
    ----------
    scratch
        folder for the data: about 50 bytes a row and as much again for the results, and for
        regression 8 more for each covariate of a task.
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
        self._peaks: dict[tuple[str, str], dict[int, float]] = {}
        self.versions: dict[str, str] = {}

    def run(self, tasks: list[str], sizes: list[int] | None) -> Iterator[Result]:
        """Go through the sizes: make the data, run each task on them, and delete them.

        Parameters
        ----------
        tasks
            keys of `TASKS`.
        sizes
            numbers of rows; None for each task's own.
        """
        cells = [(n, task) for task in tasks for n in TASKS[task].at(sizes)]
        for n in sorted({n for n, _ in cells}):
            wanted = [task for task in tasks if (n, task) in cells]
            data = self._scratch / str(n)
            _make(n, data, wanted)
            for task in wanted:
                yield from self._cell(task, n, data)
            shutil.rmtree(data)

    def _cell(self, name: str, n: int, data: Path) -> Iterator[Result]:
        task = TASKS[name]
        curves = data / "curves"
        curves.mkdir()
        who = [peer for peer in task.who if peer in self._who]
        timings = {peer: Timing(skipped=self._too_long(name, peer, n)) for peer in who}
        for peer, reason in self._too_large(name, n, timings).items():
            timings[peer] = Timing(skipped=reason)
        able = [peer for peer in who if timings[peer].skipped is None]
        timings |= run_cell(name, able, data, curves, self._limits)
        for peer, timing in timings.items():
            self._remember(name, peer, n, timing)
            yield _result(name, peer, n, timings, curves)
        shutil.rmtree(curves)

    def _too_long(self, task: str, peer: str, n: int) -> str | None:
        most = TASKS[task].most_rows.get(peer, n)
        if n > most:
            return f"its time grows with the square of the rows: asked for at most {most:.0e}"
        seconds = predicted(self._seconds.get((task, peer), {}), n)
        if seconds <= self._limits.of(peer).seconds:
            return None
        return f"about {seconds:.0f} s a run expected from the smaller sizes"

    def _too_large(self, name: str, n: int, timings: dict[str, Timing]) -> dict[str, str]:
        """Leave out the programs that need most, until the data and work of all fit in memory."""
        data = 2 * 8 * n * (TASKS[name].covariates + 3)  # as they are read and as they are kept
        need = {
            peer: data + predicted(self._peaks.get((name, peer), {}), n)
            for peer, timing in timings.items()
            if timing.skipped is None
        }
        free, reasons = machine.free_bytes(), {}
        while need and sum(need.values()) > free:
            most = max(need, key=lambda peer: (peer != "atrisk", need[peer]))
            reasons[most] = f"about {need.pop(most) / 1e9:.0f} GB expected, {free / 1e9:.0f} free"
        return reasons

    def _remember(self, task: str, peer: str, n: int, timing: Timing) -> None:
        self.versions |= timing.versions
        if timing.minimum is not None:
            self._seconds.setdefault((task, peer), {})[n] = timing.minimum
            self._peaks.setdefault((task, peer), {})[n] = timing.peak_bytes or 0.0


def _make(n: int, data: Path, tasks: list[str]) -> None:
    """Make what the tasks need at one size."""
    chosen = [TASKS[task] for task in tasks]
    if any(task.fixed is not None for task in chosen):
        columns.make_lung(data)
    drawn = [task for task in chosen if task.fixed is None]
    if drawn:
        columns.make(n, data, {task.covariates for task in drawn if task.regression})


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
    mine, theirs = read_curves(own), read_curves(other)
    if not mine or not theirs:
        return NOTHING, NOTHING
    if task.coefficients:
        return coefficient_differences(mine, theirs)
    estimate, std_error = differences(mine, theirs, task.start)
    if peer not in task.other_reference:
        return estimate, std_error
    same_variance = curves / f"{task.other_reference[peer]}.bin"
    if not same_variance.exists():
        return estimate, NOTHING
    return estimate, differences(mine, read_curves(same_variance), task.start)[1]


def _ratio(peer: float | None, own: float | None) -> float | None:
    return None if peer is None or own is None else peer / own
