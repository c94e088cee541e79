"""What a figure shows, as data: panels of curves, numbers at risk, axis, words.

Nothing is drawn here and no statistic is computed: curves and counts are taken from the results
document and converted to the unit of the axis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.report import format as form
from atrisk.report.document import (
    Label,
    curve,
    curve_name,
    float_array,
    had_by_any,
    labels,
    shown_groups,
    time_axis_name,
)
from atrisk.report.figures_counts import RiskBlock, RiskRow, risk_blocks
from atrisk.report.language import word
from atrisk.report.tables import estimate_cell
from atrisk.report.theme import PERCENT_MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.report.values import Node, Values

__all__ = [
    "HALF",
    "Curve",
    "FigurePlan",
    "Panel",
    "cause_curve",
    "curve_plan",
    "drawn_causes",
    "incidence_plan",
    "ratio_lines",
    "survival_plan",
    "time_words",
]

MOST_BANDS = 4
"""With more curves than this in one panel the confidence bands hide each other."""

HALF = 0.5
"""The survival at which the median is read."""

_MOST_MEDIAN_LINES = 3
# room for the tick of a patient censored at the very end
_END_ROOM = 1.01
_HEADROOM = 1.05
_ALIKE = 2.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function on the axis: arrays of shape (steps,), and its censoring ticks.

    ``style`` is its place in the palette. ``median`` is the time it crosses one half, if drawn;
    ``named`` is its name in the legend, where that says more than ``label``.
    """

    label: str
    style: int
    time: NDArray[np.float64]
    estimate: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    censor_time: NDArray[np.float64]
    censor_estimate: NDArray[np.float64]
    median: float | None = None
    named: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes: its curves, a title if there are several panels, lines of P values."""

    title: str
    curves: tuple[Curve, ...]
    tests: tuple[str, ...]
    y_max: float = 1.0

    @property
    def bands(self) -> bool:
        """Whether confidence bands are drawn."""
        return len(self.curves) <= MOST_BANDS


@dataclass(frozen=True, slots=True)
class FigurePlan:
    """Everything a figure shows; times in the unit of the axis, heights as proportions.

    ``start`` is the time from which the curves run, where that is not 0; ``low`` axes let two
    figures that are compared stand on one page. Of ``stacked`` curves each is drawn as the area
    above the one before it.
    """

    id: str
    x_name: str
    y_name: str
    x_max: float
    ticks: tuple[float, ...]
    risk_times: tuple[float, ...]
    panels: tuple[Panel, ...]
    risk_blocks: tuple[RiskBlock, ...]
    start: float | None = None
    low: bool = False
    stacked: bool = False

    @property
    def risk_rows(self) -> tuple[RiskRow, ...]:
        """The rows of all blocks."""
        return tuple(row for block in self.risk_blocks for row in block.rows)

    @property
    def legend(self) -> tuple[Label, ...]:
        """The curves to name, none where there is only one."""
        curves = self.panels[0].curves
        if len(curves) < 2:
            return ()
        return tuple(Label(str(c.style), c.named or c.label) for c in curves)

    @property
    def one_height(self) -> bool:
        """Whether the axes of all panels end at the same height."""
        return len({panel.y_max for panel in self.panels}) == 1

    @property
    def bands(self) -> bool:
        """Whether any panel has confidence bands."""
        return not self.stacked and any(panel.bands for panel in self.panels)


def survival_plan(analysis: Node, values: Values, origin: str) -> FigurePlan:
    """Plan the Kaplan-Meier figure: one panel, a curve a group."""
    groups = shown_groups(analysis)
    with_medians = len(groups) <= _MOST_MEDIAN_LINES
    curves = tuple(
        _curve(analysis, group, style, _median(analysis, values, group) if with_medians else None)
        for style, group in enumerate(groups)
    )
    end = _END_ROOM * float(analysis["axis"]["max"]) / float(analysis["axis"]["per_unit"])
    words = [*ratio_lines(analysis, values, groups)]
    if any(curve.median is not None and curve.median <= end for curve in curves):
        said = [_median_words(analysis, values, group) for group in groups]
        if len(curves) == 1:
            words.insert(0, form.capitalised(said[0]))
        else:
            named = zip(curves, said, strict=True)
            curves = tuple(replace(c, named=f"{c.label} ({median})") for c, median in named)
    if "p" in analysis.get("annotate", ("p",)):
        words += _p_lines(analysis, values, analysis["tests"])
    return curve_plan(analysis, origin, curve_name(analysis), (Panel("", curves, tuple(words)),))


def incidence_plan(analysis: Node, values: Values, origin: str) -> FigurePlan:
    """Plan the cumulative incidence figure: a panel a cause, or one panel of causes."""
    groups = shown_groups(analysis)
    causes = drawn_causes(analysis, values)
    if len(groups) == 1:
        panels: tuple[Panel, ...] = (_panel_of_causes(analysis, groups[0], causes),)
    else:
        panels = tuple(_panel_of_groups(analysis, values, groups, cause) for cause in causes)
    tops = _tops([_highest(panel) for panel in panels])
    panels = tuple(replace(panel, y_max=top) for panel, top in zip(panels, tops, strict=True))
    return curve_plan(analysis, origin, word("Cumulative incidence"), panels)


def drawn_causes(analysis: Node, values: Values) -> tuple[Label, ...]:
    """Give the causes that someone had: the curve of one that nobody had is an empty panel."""
    causes = labels(analysis["causes"])
    had = tuple(cause for cause in causes if had_by_any(analysis, values, cause))
    return had or causes


def _panel_of_causes(analysis: Node, group: Label, causes: Sequence[Label]) -> Panel:
    curves = tuple(
        _curve(analysis, Label(group.id, cause.label), style, cause=cause.id)
        for style, cause in enumerate(causes)
    )
    return Panel("", curves, ())


def _panel_of_groups(
    analysis: Node, values: Values, groups: Sequence[Label], cause: Label
) -> Panel:
    curves = tuple(
        _curve(analysis, group, style, cause=cause.id) for style, group in enumerate(groups)
    )
    tests = [
        {"id": f"{test['id']}.{cause.id}", "label": test["label"]}
        for test in analysis["tests"]
        if test["cause"] == cause.id
    ]
    return Panel(cause.label, curves, _p_lines(analysis, values, tests))


def curve_plan(
    analysis: Node, origin: str, y_name: str, panels: tuple[Panel, ...], *, stacked: bool = False
) -> FigurePlan:
    """Plan axes and rows of counts around panels of curves."""
    per_unit = float(analysis["axis"]["per_unit"])
    x_max = _END_ROOM * float(analysis["axis"]["max"]) / per_unit
    start = analysis.get("start")
    risk_times = [float(t) / per_unit for t in analysis["risk_table"]["times"]]
    shown = [i for i, t in enumerate(risk_times) if (start or 0.0) / per_unit <= t <= x_max]
    return FigurePlan(
        id=analysis["id"],
        x_name=time_axis_name(analysis, origin),
        y_name=f"{y_name} (%)",
        x_max=x_max,
        ticks=tuple(
            float(t) / per_unit for t in analysis["axis"]["ticks"] if t / per_unit <= x_max
        ),
        risk_times=tuple(risk_times[i] for i in shown),
        panels=panels,
        risk_blocks=risk_blocks(analysis, shown, coloured=not stacked),
        start=float(start) / per_unit if start else None,
        low=bool(analysis.get("low")),
        stacked=stacked,
    )


def _curve(
    analysis: Node,
    group: Label,
    style: int,
    median: float | None = None,
    *,
    cause: str | None = None,
) -> Curve:
    found = curve(analysis, group.id, cause)
    per_unit = float(analysis["axis"]["per_unit"])
    return Curve(
        label=group.label,
        style=style,
        time=float_array(found["time"]) / per_unit,
        estimate=float_array(found["estimate"]),
        lower=float_array(found["lower"]),
        upper=float_array(found["upper"]),
        censor_time=float_array(found["censor_time"]) / per_unit,
        censor_estimate=float_array(found["censor_estimate"]),
        median=None if median is None else median / per_unit,
    )


def cause_curve(analysis: Node, group: Label, style: int, cause: str) -> Curve:
    """Take the curve of one cause in a group, named by the label that is given."""
    return _curve(analysis, group, style, cause=cause)


def _median(analysis: Node, values: Values, group: Label) -> float | None:
    key = f"{analysis['id']}.{group.id}.median.estimate"
    return values.raw(key) if values.has(key) else None


def _median_words(analysis: Node, values: Values, group: Label) -> str:
    """Write the median of a curve: ``median 1.2 years``."""
    key = f"{analysis['id']}.{group.id}.median.estimate"
    median = values.time(key, str(analysis["axis"]["unit"]))
    if median.missing is not None:
        return word("median not reached")
    return word("median {time}", time=time_words(median.text, str(analysis["axis"]["unit"])))


def time_words(number: str, unit: str) -> str:
    """Write a time with its unit."""
    return f"{number} {word(unit)}"


def ratio_lines(analysis: Node, values: Values, groups: Sequence[Label]) -> tuple[str, ...]:
    """Write a line a hazard ratio; one that could not be estimated is left out."""
    found = analysis.get("hazard_ratios")
    if not found or "hr" not in analysis.get("annotate", ()):
        return ()
    names = {group.id: group.label for group in groups}
    keys = {level: f"{analysis['id']}.hr.{level}" for level in found["levels"]}
    return tuple(
        word(
            "HR, {group} v {reference}: {estimate}",
            group=names[level],
            reference=names[found["reference"]],
            estimate=estimate_cell(*values.ratio_parts(key)).plain,
        )
        for level, key in keys.items()
        if values.ratio(f"{key}.ratio").missing is None
    )


def _highest(panel: Panel) -> float:
    """Give the highest point drawn: of the curves, and of their bands where there are any."""
    heights = [c.estimate for c in panel.curves]
    heights += [c.upper for c in panel.curves] if panel.bands else []
    return float(np.nanmax(np.concatenate(heights)))


def _tops(highest: Sequence[float]) -> list[float]:
    """End the axes a little over the data: all alike unless one is over twice another."""
    alike = max(highest) <= _ALIKE * min(highest)
    return [_top(max(highest) if alike else height) for height in highest]


def _top(highest: float) -> float:
    return next((top for top in PERCENT_MARKS if _HEADROOM * highest <= top), 1.0)


def _p_lines(analysis: Node, values: Values, tests: Sequence[Node]) -> tuple[str, ...]:
    """Write a line a test; one that could not be done is left to the table and its footnote."""
    keys = {test["id"]: f"{analysis['id']}.{test['id']}.p_value" for test in tests}
    known = [test for test in tests if values.has(keys[test["id"]])]
    done = [test for test in known if values.raw(keys[test["id"]]) is not None]
    return tuple(f"{test['label']}: {values.p_phrase(keys[test['id']]).plain}" for test in done)
