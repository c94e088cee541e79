"""The figure of a reconstruction: the curve that was read, and the one of the pseudo-patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
from matplotlib.figure import Figure

from atrisk.report.theme import GREY, RC, colour

if TYPE_CHECKING:
    from atrisk.report.theme import Width
    from atrisk.report.values import Node

__all__ = ["drawn_curves"]

_INCH = 25.4
_PERCENT = 100.0
_STEP = 10.0


def drawn_curves(group: Node, unit: str, width: Width) -> Figure:
    """Draw each curve twice: as read, broad and grey, and as reconstructed, thin and coloured."""
    with mpl.rc_context(RC):
        size = (width.millimetres / _INCH, (width.axes_height + 12.0) / _INCH)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        for place, curve in enumerate(group["curves"]):
            _curve(axes, curve, place, several=len(group["curves"]) > 1)
        axes.set_xlim(left=0.0)
        axes.set_ylim(0.0, _top(group))
        axes.tick_params(labelsize=width.small)
        axes.set_xlabel(f"Time ({unit})", fontsize=width.text)
        survival = group["kind"] == "survival"
        axes.set_ylabel(
            "Survival (%)" if survival else "Cumulative incidence (%)", fontsize=width.text
        )
        corner: Literal["upper right", "upper left"] = "upper right" if survival else "upper left"
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc=corner, frameon=False, fontsize=width.small)
    return figure


def _top(group: Node) -> float:
    """Give the height of the axis: whole for survival, what is needed for incidences."""
    if group["kind"] == "survival":
        return _PERCENT
    most = max(value for curve in group["curves"] for value in curve["read"])
    return min(_PERCENT, _STEP * (int(1.3 * _PERCENT * most / _STEP) + 1))


def _curve(axes: mpl.axes.Axes, curve: Node, place: int, *, several: bool) -> None:
    of = f", {curve['cause'].replace('_', ' ')}" if several else ""
    read = [_PERCENT * value for value in curve["read"]]
    made = [_PERCENT * value for value in curve["reconstructed"]]
    axes.step(
        curve["read_time"], read, where="post", color=GREY, linewidth=4.0, alpha=0.45,
        label="As printed" if place == 0 else None,
    )  # fmt: skip
    axes.step(
        curve["time"], made, where="post", color=colour(place), linewidth=1.1,
        label=f"Reconstructed{of}",
    )  # fmt: skip
