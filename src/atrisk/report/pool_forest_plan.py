"""The forest plot of a pool: its lines, its numbers and what is drawn on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.report import format as form
from atrisk.report.document import lower_first
from atrisk.report.figures_rows import Line, RowsPlan
from atrisk.report.pool_forest import Mark, PoolForest, linear_limits, log_limits
from atrisk.report.pool_text import estimate_text, interval_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node

__all__ = ["forest_plan"]

_Row = tuple[Line, str, Mark | None]


def forest_plan(document: Node) -> PoolForest:
    """Plan the forest plot: studies by group, pooled values, prediction, the own cohort."""
    lines: list[Line] = []
    beside: list[str] = []
    marks: list[Mark] = []
    for line, counts, mark in _rows(document):
        if mark is not None:
            marks.append(_placed(mark, len(lines)))
        lines.append(line)
        beside.append(counts)
    ratio = document["measure"] == "ratio"
    name = document["ratio_name"] if ratio else "%"
    heads = (f"{name}\n({interval_text(document)})" if ratio else f"% ({interval_text(document)})",)
    return PoolForest(
        id="forest",
        wide=_words(document, lines, (*heads, "Weight\n%" if ratio else "Weight %")),
        narrow=_narrow(lines, beside, heads),
        marks=tuple(marks),
        limits=log_limits(marks) if ratio else linear_limits(marks),
        axis=f"{document['outcome']}: {lower_first(name)} (log scale)"
        if ratio
        else f"{document['outcome']} (%)",
        scale="log" if ratio else "linear",
        middle=_shown(document, document["pooled"]["estimate"]),
    )


def _placed(mark: Mark, line: int) -> Mark:
    return Mark(line, mark.kind, mark.estimate, mark.lower, mark.upper, mark.share)


def _words(document: Node, lines: list[Line], heads: tuple[str, ...]) -> RowsPlan:
    counted = document["measure"] == "proportion"
    if not counted:
        lines = [Line(x.label, (), x.right, x.level, x.band, x.bold) for x in lines]
    return RowsPlan("Study", ("Events / n",) if counted else (), heads, tuple(lines))


def _narrow(lines: list[Line], beside: list[str], heads: tuple[str, ...]) -> RowsPlan:
    """Set counts beside the names, and leave the weights to the squares."""
    found = [
        Line(
            f"{x.label}{f', {counts}' if counts else ''}", (), x.right[:1], x.level, x.band, x.bold
        )
        for x, counts in zip(lines, beside, strict=True)
    ]
    return RowsPlan("Study, events / n" if any(beside) else "Study", (), heads, tuple(found))


def _rows(document: Node) -> Iterator[_Row]:
    groups = document["subgroups"]
    most = max(row["weight"] or 0.0 for row in document["studies"])
    band = 0
    if groups is None:
        for band, row in enumerate(document["studies"]):
            yield _study(document, row, most, band=band, level=0)
    else:
        for band, group in enumerate(groups["groups"]):
            yield Line(group["label"], ("",), ("", ""), 0, band, bold=True), "", None
            of_group = [row for row in document["studies"] if row["group"] == group["label"]]
            for row in of_group:
                yield _study(document, row, most, band=band, level=1)
            if len(of_group) > 1 and group["estimate"] is not None:
                yield _pooled(document, group, "Pooled", band=band, level=1)
    yield from _below(document, band + 1)


def _study(document: Node, row: Node, most: float, *, band: int, level: int) -> _Row:
    weight = "" if row["weight"] is None else form.percent(row["weight"])
    counts = _counts(row)
    line = Line(row["label"], (counts,), (estimate_text(document, row), weight), level, band)
    ends = [_shown(document, row[name]) for name in ("estimate", "lower", "upper")]
    return line, counts, _mark("study", ends, share=(row["weight"] or 0.0) / most)


def _pooled(document: Node, found: Node, label: str, *, band: int, level: int) -> _Row:
    counts = _counts(found)
    cells = (estimate_text(document, found), "")
    line = Line(label, (counts,), cells, level, band, bold=level == 0)
    ends = [_shown(document, found[name]) for name in ("estimate", "lower", "upper")]
    return line, counts, _mark("pooled", ends)


def _below(document: Node, band: int) -> Iterator[_Row]:
    pooled = document["pooled"]
    label = "At the mean of the moderators" if document["regression"] else "Pooled"
    yield _pooled(document, pooled, label, band=band, level=0)
    if pooled["prediction_lower"] is not None:
        ends = [pooled["prediction_lower"], pooled["prediction_upper"]]
        yield _expected(document, "Prediction interval", ends, band)
    own, new = document["own"], document["new_cohort"]
    if own and own["low"] is not None:
        label = f"Expected in {form.count(own['total'])} patients"
        yield _expected(document, label, [own["low"], own["high"]], band + 1)
    elif new:
        label = f"Expected in {form.count(new['total'])} patients"
        yield _expected(document, label, [new["lower"], new["upper"]], band + 1)
    if own:
        counts = _counts(own)
        line = Line(own["label"], (counts,), (estimate_text(document, own), ""), 0, band + 1)
        ends = [_shown(document, own[name]) for name in ("estimate", "lower", "upper")]
        yield line, counts, _mark("own", ends)


def _expected(document: Node, label: str, ends: list[float], band: int) -> _Row:
    low, high = (value_text(document, end) for end in ends)
    line = Line(label, ("",), (f"{low}{form.EN_DASH}{high}", ""), 0, band)
    return line, "", _mark("expected", [None, *(_shown(document, end) for end in ends)])


def _mark(kind: Any, ends: list[float | None], share: float = 1.0) -> Mark | None:  # noqa: ANN401 - one of the kinds of marks
    estimate, lower, upper = ends
    if lower is None or upper is None:
        return None
    return Mark(0, kind, estimate, lower, upper, share)


def _counts(row: Node) -> str:
    if row["events"] is None:
        return ""
    space = form.NO_BREAK
    return f"{form.count(row['events'])}{space}/{space}{form.count(row['total'])}"


def _shown(document: Node, value: float | None) -> float | None:
    """Give a value in the numbers of the axis: percent, or the ratio."""
    if value is None or document["measure"] == "ratio":
        return value
    return 100.0 * value
