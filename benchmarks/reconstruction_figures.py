"""Kaplan-Meier figures as papers print them: by matplotlib, by R, and their points rounded."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.evidence.curves.calibration import Axes
from atrisk.evidence.curves.choose import CurveChoice
from atrisk.evidence.curves.vector import trace_figure
from reconstruction_cases import survival

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.evidence.curves.types import Curve
    from reconstruction_cases import Case

__all__ = ["SOURCES", "curves_of"]

SOURCES = ("matplotlib", "R", "rounded")
_COLOURS = ("#0000ff", "#ff0000", "#008000")
#: Points clicked on a printed curve are this far off, of the height of the axis.
_ROUNDED = 0.0025


def curves_of(
    case: Case, source: str, folder: Path
) -> list[tuple[Curve, tuple[float, ...] | None]] | None:
    """Draw a case, and read its curves and censor marks; None without the program that draws."""
    if source == "R" and shutil.which("Rscript") is None:
        return None
    file = folder / f"{case.name}-{source}.pdf"
    (_by_r if source == "R" else _by_matplotlib)(case, file)
    read = []
    for group, colour in zip(case.groups, _COLOURS, strict=False):
        found = trace_figure(file, Axes(unit="days"), CurveChoice(colour=colour))
        curve = _rounded(found.curve) if source == "rounded" else found.curve
        marks = None if source == "rounded" else found.censor_times or ()
        read.append((curve, marks if (~group.event).any() else ()))
    return read


def _by_matplotlib(case: Case, file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    for group, colour in zip(case.groups, _COLOURS, strict=False):
        times = np.concatenate([[0.0], np.unique(group.time)])
        axes.step(
            times, survival(group.time, group.event, times),
            where="post", color=colour, lw=1, label=group.name,
        )  # fmt: skip
        censored = np.unique(group.time[~group.event])
        axes.plot(censored, survival(group.time, group.event, censored), "|", color=colour, ms=5)
    axes.set(ylim=(0, 1.02), xlim=(0, None), xticks=case.ticks, ylabel="Survival", xlabel="Days")
    axes.legend()
    figure.savefig(file)


def _by_r(case: Case, file: Path) -> None:
    table = file.with_suffix(".csv")
    rows = [
        f"{time},{int(event)},{at}"
        for at, group in enumerate(case.groups)
        for time, event in zip(group.time, group.event, strict=True)
    ]
    table.write_text("time,event,group\n" + "\n".join(rows) + "\n", encoding="utf-8")
    colours = ", ".join(f'"{colour}"' for colour in _COLOURS)
    script = (
        f'd <- read.csv("{table}"); library(survival); pdf("{file}", width = 7, height = 5);'
        "plot(survfit(Surv(time, event) ~ group, data = d), mark.time = TRUE, "
        f"col = c({colours})); invisible(dev.off())"
    )
    subprocess.run(["Rscript", "--vanilla", "-e", script], check=True, capture_output=True)


def _rounded(curve: Curve) -> Curve:
    """Take the lower point of each fall, rounded as a careful reader of a print would read it."""
    step = 2 * _ROUNDED
    keep = np.append(np.diff(curve.time) > curve.precision_time, True)
    value = np.minimum.accumulate(np.round(curve.value[keep] / step) * step)
    return replace(
        curve, time=np.round(curve.time[keep]), value=value,
        precision_time=0.5, precision_value=_ROUNDED,
    )  # fmt: skip
