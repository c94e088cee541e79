"""The figures of a comparison with the published record: curves, or a forest plot of rates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name
from atrisk.report.drawing import Drawing
from atrisk.report.drawings import drawings
from atrisk.report.figures_rows import Line, RowsPlan
from atrisk.report.language import word
from atrisk.report.pool_forest import Mark, PoolForest, draw_pool_forest, linear_limits
from atrisk.report.tables import estimate_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atrisk.report.values import Node, Phrase, Values

__all__ = ["compare_drawings", "rates_forest"]

_PARTS = ("estimate", "lower", "upper")


def compare_drawings(
    analysis: Node, study: Node, values: Values, paragraphs: Sequence[Phrase]
) -> Iterable[Drawing]:
    """Yield the figures of a comparison: its curves, or the rates of the studies and its own."""
    if analysis["form"] != "rate":
        yield from drawings(analysis, study, values, paragraphs)
        return
    caption = word(
        "Squares: published rates, their area by the number of patients; lines: exact {interval}."
        " Diamond: pooled rate; bar: rate to be expected in a cohort of this size; open circle:"
        " this cohort.",
        interval=interval_name(analysis),
    )
    plan = rates_forest(analysis, values)
    if not plan.marks:
        return
    said = (f"{line.label}: {_joined(line)}." for line in plan.wide.lines)
    yield Drawing(
        id=plan.id,
        title=word(
            "{outcome}: this cohort and published ones", outcome=analysis["outcome"]["label"]
        ),
        caption=caption,
        words=" ".join([caption, *(words.plain for words in paragraphs), *said]),
        draw=partial(draw_pool_forest, plan),
        data=list(_data(analysis, values)),
        data_name=plan.id,
    )


def _joined(line: Line) -> str:
    return ", ".join(filter(None, (*line.left, *line.right)))


def rates_forest(analysis: Node, values: Values) -> PoolForest:
    """Plan the forest plot of published rates, the pooled one, and that of this cohort."""
    prefix = analysis["id"]
    rows = list(_rows(analysis, values))
    lines = [line for line, _ in rows]
    marks = [
        Mark(at, mark.kind, mark.estimate, mark.lower, mark.upper, mark.share)
        for at, (_, mark) in enumerate(rows)
        if mark is not None
    ]
    head = f"% ({interval_name(analysis)})"
    counts = word("{events} / patients", events=word("Events"))
    middle = values.raw(f"{prefix}.pooled.estimate")
    narrow = (
        Line(", ".join(filter(None, (x.label, *x.left))), (), x.right, x.level, x.band, x.bold)
        for x in lines
    )
    return PoolForest(
        id=f"{prefix}_rates_forest",
        wide=RowsPlan(word("Study"), (counts,), (head,), tuple(lines)),
        narrow=RowsPlan(word("Study"), (), (head,), tuple(narrow)),
        marks=tuple(marks),
        limits=linear_limits(marks) if marks else (0.0, 100.0),
        axis=f"{analysis['outcome']['label']} (%)",
        scale="linear",
        middle=None if middle is None else 100.0 * middle,
    )


def _rows(analysis: Node, values: Values) -> Iterator[tuple[Line, Mark | None]]:
    prefix, band = analysis["id"], 0
    sizes = {s["id"]: values.raw(f"{prefix}.study.{s['id']}.n") for s in analysis["studies"]}
    most = max((size for size in sizes.values() if size is not None), default=1.0)
    for band, study in enumerate(analysis["studies"]):
        key = f"{prefix}.study.{study['id']}"
        share = (sizes[study["id"]] or 0.0) / most
        yield _row(values, study["label"], key, Mark(0, "study", None, 0.0, 0.0, share), band)
    pooled = Mark(0, "pooled", None, 0.0, 0.0)
    if values.raw(f"{prefix}.pooled.estimate") is not None:
        yield _row(values, word("Pooled"), f"{prefix}.pooled", pooled, band + 1, bold=True)
    if values.raw(f"{prefix}.predicted.lower") is not None:
        yield _expected(values, f"{prefix}.predicted", band + 1)
    own = Mark(0, "own", None, 0.0, 0.0)
    yield _row(values, word("This cohort"), f"{prefix}.own", own, band + 2)


def _row(
    values: Values, label: str, key: str, mark: Mark, band: int, *, bold: bool = False
) -> tuple[Line, Mark | None]:
    cell = estimate_cell(*(values.proportion(f"{key}.{part}") for part in _PARTS)).plain
    line = Line(label, (_counts(values, key),), (cell,), 0, band, bold=bold)
    ends = [values.raw(f"{key}.{part}") for part in _PARTS]
    if ends[1] is None or ends[2] is None:
        return line, None
    estimate, lower, upper = (None if end is None else 100.0 * end for end in ends)
    return line, Mark(0, mark.kind, estimate, lower or 0.0, upper or 0.0, mark.share)


def _counts(values: Values, key: str) -> str:
    if not values.has(f"{key}.events"):
        return ""
    events, n = (values.count(f"{key}.{part}").text for part in ("events", "n"))
    return f"{events}{form.NO_BREAK}/{form.NO_BREAK}{n}"


def _expected(values: Values, key: str, band: int) -> tuple[Line, Mark]:
    low, high = (values.proportion(f"{key}.{end}").text for end in ("lower", "upper"))
    label = word("Expected in a cohort of this size")
    line = Line(label, ("",), (f"{low}{form.range_dash(low, high)}{high}",), 0, band)
    ends = [values.raw(f"{key}.{end}") for end in ("lower", "upper")]
    lower, upper = (100.0 * (end or 0.0) for end in ends)
    return line, Mark(0, "expected", None, lower, upper)


def _data(analysis: Node, values: Values) -> Iterator[tuple[object, ...]]:
    yield ("study", "events", "n", *_PARTS)
    named = [(s["label"], f"study.{s['id']}") for s in analysis["studies"]]
    named += [(word("Pooled"), "pooled"), (word("This cohort"), "own")]
    for label, part in named:
        key = f"{analysis['id']}.{part}"
        cells = (
            values.raw(f"{key}.{name}") if values.has(f"{key}.{name}") else None
            for name in ("events", "n", *_PARTS)
        )
        yield (label, *("" if cell is None else cell for cell in cells))
