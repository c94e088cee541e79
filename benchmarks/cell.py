"""One task at one size: all who take part, in turn, on the same data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from process import NoAnswerError, Process

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["Limits", "Timing", "predicted", "run_cell"]

TURN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """How much time a cell may take.

    Attributes
    ----------
    seconds
        a run predicted to take longer is skipped; a program that would pass it in all has no
        further turn.
    turns
        the most turns each program gets. A turn is one run, or for short work as many as fit in
        `TURN_SECONDS`.
    by_program
        who -> seconds, where they are other than ``seconds``.
    """

    seconds: float
    turns: int
    by_program: Mapping[str, float] = field(default_factory=dict)

    def of(self, who: str) -> Limits:
        """Give the limits of one program."""
        return replace(self, seconds=self.by_program.get(who, self.seconds))


@dataclass(slots=True)
class Timing:
    """What one program did in one cell: times, or the reason why there are none."""

    seconds: list[float] = field(default_factory=list)
    peak_bytes: float | None = None
    versions: dict[str, str] = field(default_factory=dict)
    skipped: str | None = None

    @property
    def minimum(self) -> float | None:
        """The shortest run in seconds."""
        return min(self.seconds, default=None)

    @property
    def median(self) -> float | None:
        """The middle run in seconds."""
        return median(self.seconds) if self.seconds else None

    def add(self, answer: dict[str, Any]) -> None:
        """Take in the answer to one turn."""
        self.seconds += answer["seconds"]
        if answer["peak_bytes"] is not None:
            self.peak_bytes = max(self.peak_bytes or 0, answer["peak_bytes"])


class _Entrant:
    """One program in one cell: its process until it fails, and its times."""

    def __init__(self, who: str, task: str, data: Path, limits: Limits) -> None:
        self.who = who
        self.timing = Timing()
        self._limits = limits
        self._process: Process | None = None
        try:
            self._process = Process(who, task, data, limit=2 * limits.seconds)
            self.timing.versions = self._process.versions
        except NoAnswerError as reason:
            self.timing.skipped = str(reason)

    def turn(self) -> None:
        """Run, unless the time is used up."""
        if sum(self.timing.seconds) + (self.timing.minimum or 0.0) > self._limits.seconds:
            return
        answer = self._ask("turn", TURN_SECONDS)
        if answer is not None:
            self.timing.add(answer)

    def write(self, folder: Path) -> None:
        """Have the last result's curves written."""
        self._ask("write", folder / f"{self.who}.bin")

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _ask(self, verb: str, argument: object) -> dict[str, Any] | None:
        if self._process is None:
            return None
        try:
            return self._process.ask(verb, argument)
        except NoAnswerError as reason:
            self.stop()
            self.timing = Timing(skipped=str(reason))
            return None


def run_cell(
    task: str, who: Iterable[str], data: Path, curves: Path, limits: Limits
) -> dict[str, Timing]:
    """Start every program, give them turns round robin, and keep each one's last result.

    Parameters
    ----------
    task
        key of `TASKS`.
    who
        keys of `PEERS`.
    data
        folder of the columns.
    curves
        folder that the results go to, one file a program.
    limits
        how long, how often.
    """
    entrants: list[_Entrant] = []
    try:
        for name in who:
            entrants.append(  # noqa: PERF401 - stop those started
                _Entrant(name, task, data, limits.of(name))
            )
        for turn in range(limits.turns):
            shift = turn % max(1, len(entrants))  # nobody always goes first
            for entrant in entrants[shift:] + entrants[:shift]:
                entrant.turn()
        for entrant in entrants:
            entrant.write(curves)
    finally:
        for entrant in entrants:
            entrant.stop()
    return {entrant.who: entrant.timing for entrant in entrants}


def predicted(earlier: dict[int, float], n: int) -> float:
    """Predict the seconds at n rows from those at smaller sizes: linear growth, or faster if seen.

    Examples
    --------
    >>> predicted({}, 1000)
    0.0
    >>> predicted({1000: 2.0}, 10_000)
    20.0
    >>> predicted({1000: 2.0, 10_000: 200.0}, 100_000)
    20000.0
    >>> predicted({228: 0.0, 10_000: 3.0}, 100_000)
    30.0
    """
    if not earlier:
        return 0.0
    *smaller, last = sorted(earlier)
    step = n / last
    linear = earlier[last] * step
    if not smaller or not earlier[smaller[-1]]:
        return linear
    growth = earlier[last] / earlier[smaller[-1]]
    return max(linear, earlier[last] * growth) if step > 1 else linear
