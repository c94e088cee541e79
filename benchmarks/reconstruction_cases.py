"""Patients whose curves are drawn, read back and reconstructed, and what is known of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CASES", "Case", "Group", "at_risk", "median", "survival"]

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Group:
    """Patients of one curve: times in days and whether the event was seen."""

    name: str
    time: np.ndarray
    event: np.ndarray


@dataclass(frozen=True, slots=True)
class Case:
    """The curves of one figure, the second compared with the first, and its ticks."""

    name: str
    groups: tuple[Group, ...]
    ticks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    file: str
    group: str
    groups: Mapping[str, str]
    time: str
    event: str
    step: float


_SOURCES = {
    "veteran": _Source(
        "tests/data/veteran.csv", "arm", {"1": "standard", "2": "test"}, "time", "event", 90
    ),
    "lung": _Source(
        "tests/data/lung.csv", "sex", {"male": "men", "female": "women"}, "time", "death", 180
    ),
    "colon": _Source(
        "benchmarks/data/colon.csv", "treatment", {"Obs": "observation", "Lev+5FU": "Lev+5FU"},
        "time", "death", 365,
    ),
    "myeloid": _Source(
        "benchmarks/data/myeloid.csv", "treatment", {"A": "A", "B": "B"}, "time", "death", 365
    ),
    "bmt": _Source(
        "examples/bmt/bmt.csv", "group",
        {"3": "AML high risk", "2": "AML low risk", "1": "ALL"}, "t2", "d3", 365,
    ),
}  # fmt: skip


def _case(name: str) -> Case:
    source = _SOURCES[name]
    with (_ROOT / source.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    groups = tuple(
        Group(
            label,
            np.array([float(row[source.time]) for row in rows if row[source.group] == code]),
            np.array([row[source.event] == "1" for row in rows if row[source.group] == code]),
        )
        for code, label in source.groups.items()
    )
    last = min(group.time.max() for group in groups)
    ticks = tuple(float(tick) for tick in np.arange(0, last, source.step))
    return Case(name, groups, ticks)


CASES: dict[str, Callable[[], Case]] = {name: lambda name=name: _case(name) for name in _SOURCES}


def survival(time: np.ndarray, event: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Give the Kaplan-Meier estimate at some times, as a product over distinct times."""
    times = np.unique(time[event])
    steps = [1 - (event & (time == one)).sum() / (time >= one).sum() for one in times]
    values = np.concatenate([[1.0], np.cumprod(steps)])
    return values[np.searchsorted(times, at, side="right")]


def median(time: np.ndarray, event: np.ndarray) -> float:
    """Give the first time at which survival is one half or less; infinite if it is not reached."""
    times = np.unique(time[event])
    below = survival(time, event, times) <= 0.5 + 1e-12
    return float(times[below][0]) if below.any() else float("inf")


def at_risk(time: np.ndarray, ticks: tuple[float, ...]) -> tuple[int, ...]:
    """Count who is under observation just before each time."""
    return tuple(int((time >= tick).sum()) for tick in ticks)
