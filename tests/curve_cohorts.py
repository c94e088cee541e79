"""Cohorts, their curves worked out by direct sums, and coordinates as a figure would give them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from atrisk.evidence.curves import Curve, Reported

DATA = Path(__file__).parent / "data"


class Step(NamedTuple):
    """One fall of a curve, by definition."""

    time: float
    at_risk: int
    events: int
    survival: float


def steps(time: np.ndarray, event: np.ndarray) -> list[Step]:
    """Kaplan-Meier by direct sums."""
    found, survival = [], 1.0
    for at in np.unique(time[event]):
        n = int((time >= at).sum())
        d = int(((time == at) & event).sum())
        survival *= 1.0 - d / n
        found.append(Step(float(at), n, d, survival))
    return found


def drawn(time: np.ndarray, event: np.ndarray, decimals: int, unit: str = "days") -> Curve:
    """The vertices of the curve, written with so many decimals."""
    x, y, level = [0.0], [1.0], 1.0
    for step in steps(time, event):
        x += [step.time, step.time]
        y += [level, step.survival]
        level = step.survival
    x, y = [*x, float(time.max())], [*y, level]
    return Curve(
        np.array(x), np.round(y, decimals), unit=unit, precision_value=0.5 * 10.0**-decimals
    )


def printed(time: np.ndarray, event: np.ndarray, ticks: tuple[float, ...]) -> Reported:
    """What a paper would print beside the curve."""
    return Reported(
        n=time.size,
        at_risk_time=ticks,
        at_risk=tuple(int((time >= tick).sum()) for tick in ticks),
        total_events=int(event.sum()),
    )


def patients(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Times and deaths of a public cohort."""
    columns = {"lung": ("time", "death", "1"), "veteran": ("time", "event", "1")}
    time, event, code = columns[name]
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return (
        np.array([float(row[time]) for row in rows]),
        np.array([row[event] == code for row in rows]),
    )
