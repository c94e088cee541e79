"""What is promised of atrisk's speed, and what a run has shown: ratios, never absolute times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from table import ratio, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from result import Result

__all__ = ["PROMISES", "Kept", "Promise", "kept", "report"]


@dataclass(frozen=True, slots=True)
class Promise:
    """How long a task may take beside other programs.

    Attributes
    ----------
    task
        key of `TASKS`.
    sizes
        the numbers of rows that it holds for.
    beside
        the programs it is compared with: the fastest of those that ran.
    factor
        the programs take at least ``factor`` times as long as atrisk; or, where ``at_most``,
        atrisk takes at most ``factor`` times as long as they do.
    at_most
        see ``factor``.
    """

    task: str
    sizes: tuple[int, ...]
    beside: tuple[str, ...]
    factor: float
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise at one size, beside what was reached.

    Attributes
    ----------
    title, n
        the task and the number of rows.
    who
        the program that decided.
    promised, reached
        as `Promise.factor`.
    at_most
        as in `Promise`.
    kept
        whether it was reached.
    """

    title: str
    n: int
    who: str
    promised: float
    reached: float
    at_most: bool
    kept: bool

    def to_json(self) -> dict[str, Any]:
        """Write it as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


_LARGE = (10**6,)
_CURVES = ("R survival", "statsmodels", "lifelines", "scikit-survival", "survival")
_COMPETING = ("R cmprsk", "R survival", "comprisk")

PROMISES = (
    Promise("km_days", _LARGE, _CURVES, 8),
    Promise("logrank", _LARGE, _CURVES, 8),
    Promise("aalen_johansen", (10**5, 10**6), _COMPETING, 20),
    Promise("gray", (10**5, 10**6), _COMPETING, 20),
    Promise("cox_10", _LARGE, ("coxstream",), 3),
    Promise("cox_50", _LARGE, ("coxstream",), 4),
    Promise("cox_10", _LARGE, ("R coxph",), 20),
    Promise("cox_50", _LARGE, ("R coxph",), 20),
    Promise("iteration_10", _LARGE, ("NumPy",), 3, at_most=True),
    Promise("iteration_50", _LARGE, ("NumPy",), 3, at_most=True),
    Promise("cox_cluster", _LARGE, ("atrisk Cox",), 1.5, at_most=True),
    Promise("fine_gray", (10**5, 10**6), ("atrisk Cox",), 3, at_most=True),
    Promise("fine_gray", (2 * 10**4,), ("R cmprsk",), 1000),
    Promise("concordance", _LARGE, ("R survival",), 8),
    Promise("bootstrap", (228,), ("R coxph",), 20),
)


def kept(results: list[Result]) -> Iterator[Kept]:
    """Give each promise at each size at which it can be judged."""
    for promise in PROMISES:
        for n in promise.sizes:
            found = _judged(promise, n, results)
            if found is not None:
                yield found


def _judged(promise: Promise, n: int, results: list[Result]) -> Kept | None:
    cell = [
        (result.ratio, result.who, result.title)
        for result in results
        if (result.task, result.n) == (promise.task, n)
        and result.who in promise.beside
        and result.ratio is not None
    ]
    if not cell:
        return None
    least, who, title = min(cell)
    reached = 1.0 / least if promise.at_most else least
    good = reached <= promise.factor if promise.at_most else reached >= promise.factor
    return Kept(title, n, who, promise.factor, reached, promise.at_most, good)


def report(found: list[Kept]) -> str:
    """Write the promises as lines: what, at how many rows, beside whom, promised and reached."""
    lines = ["promised and reached (times over those of atrisk; <=: time of atrisk over theirs)"]
    for one in found:
        sign = "<=" if one.at_most else ">="
        promised = f"{sign} {one.promised:g}".rjust(8)
        verdict = "" if one.kept else "  not reached"
        head = f"{one.title:<28}  {rows(one.n):>5}  {one.who:<16}"
        lines.append(f"{head}  {promised}  {ratio(one.reached):>8}{verdict}")
    return "\n".join(lines)
