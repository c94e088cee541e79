"""The tables of a pool: as the page shows them, and in full precision as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.pool_text import estimate_text, interval_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atrisk.report.values import Node

__all__ = ["PoolTable", "csv_text", "pool_csv", "pool_tables"]


_TAU2 = "\N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO}"
_LEFT_NOTE = (
    "Left out: so that no patient is counted twice, or by the pool file. Not used: the number"
    " cannot be pooled as it is printed."
)


@dataclass(frozen=True, slots=True)
class PoolTable:
    """A table of the page: heads, rows of cells, which columns are figures, notes."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[int]
    notes: tuple[str, ...] = ()


def pool_tables(document: Node) -> dict[str, PoolTable]:
    """Build the tables of the page by their ids; those that were not asked for are not there."""
    found = [
        _studies(document),
        _subgroups(document),
        _coefficients(document),
        _left_one_out(document),
        _influence(document),
        _left_out(document),
    ]
    return {table.id: table for table in found if table is not None}


def _studies(document: Node) -> PoolTable:
    counted = document["measure"] == "proportion"
    grouped = document["subgroups"] is not None
    moderators = document["regression"]["moderators"] if document["regression"] else []
    name = "%" if document["measure"] != "ratio" else document["ratio_name"]
    heads = ["Study", *([document["subgroups"]["name"].capitalize()] if grouped else [])]
    heads += ["Events / n"] if counted else ["As printed"]
    heads += [f"{name} ({interval_text(document)})", "Weight %"]
    heads += [moderator["label"] for moderator in moderators]
    first = len(heads)
    heads += ["Printed in", "To be known"]
    rows = []
    for row in document["studies"]:
        cells = [row["label"], *([row["group"]] if grouped else [])]
        cells.append(_counts(row) if counted else _printed(row))
        cells += [estimate_text(document, row), _percent(row["weight"])]
        cells += [form.general(row["moderators"][m["name"]]) for m in moderators]
        cells += [row["source"] or "", "; ".join(row["remarks"])]
        rows.append(tuple(cells))
    keep = [at for at in range(len(heads)) if at < first or any(row[at] for row in rows)]
    figures = frozenset(keep.index(at) for at in range(1 + grouped, first))
    return PoolTable(
        "studies",
        "Studies pooled",
        tuple(heads[at] for at in keep),
        tuple(tuple(row[at] for at in keep) for row in rows),
        figures,
    )


def _counts(row: Node) -> str:
    return f"{form.count(row['events'])} / {form.count(row['total'])}"


def _printed(row: Node) -> str:
    value, lower, upper = row["printed"].values()
    return f"{value} ({lower} to {upper})"


def _percent(value: float | None) -> str:
    return "" if value is None else form.percent(value)


def _subgroups(document: Node) -> PoolTable | None:
    found = document["subgroups"]
    if found is None:
        return None
    rows = [
        (
            group["label"],
            form.count(group["studies"]),
            "" if group["events"] is None else _counts(group),
            estimate_text(document, group) or "not defined",
            _range(document, group["prediction_lower"], group["prediction_upper"]),
            "" if group["tau2"] is None else form.fixed(group["tau2"], 3),
        )
        for group in found["groups"]
    ]
    heads = (
        found["name"].capitalize(), "Studies", "Events / n",
        f"Pooled ({interval_text(document)})", "Prediction interval",
        _TAU2,
    )  # fmt: skip
    figures = frozenset(range(1, 6))
    return PoolTable("subgroups", "Subgroups", heads, tuple(rows), figures, tuple(found["notes"]))


def _range(document: Node, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "not defined"
    return f"{value_text(document, low)}{form.EN_DASH}{value_text(document, high)}"


def _coefficients(document: Node) -> PoolTable | None:
    found = document["regression"]
    if found is None:
        return None
    labels = {m["name"]: m["label"] for m in found["moderators"]}
    ratio = found["ratio"]
    rows = []
    for row in found["coefficients"]:
        shown = [form.fixed(row[name], 3) for name in ("estimate", "lower", "upper", "std_error")]
        cells = [labels.get(row["term"], "Intercept"), f"{shown[0]} ({shown[1]} to {shown[2]})"]
        cells += [shown[3], form.p_value(row["p_value"])]
        if ratio:
            cells.insert(2, _ratio(row["ratio"]))
        rows.append(tuple(cells))
    heads = ["Term", f"Coefficient ({interval_text(document)})", "SE", "P"]
    if ratio:
        heads.insert(2, f"{ratio.capitalize()} a unit")
    figures = frozenset(range(1, len(heads)))
    return PoolTable("coefficients", "Meta-regression", tuple(heads), tuple(rows), figures)


def _ratio(three: list[float | None]) -> str:
    if three[0] is None or three[1] is None or three[2] is None:
        return ""
    value, low, high = (form.ratio(end) for end in three if end is not None)
    return f"{value} ({low}{form.EN_DASH}{high})"


def _left_one_out(document: Node) -> PoolTable | None:
    found = document["leave_one_out"]
    if found is None:
        return None
    rows = [
        (
            row["label"],
            estimate_text(document, row) or "not defined",
            "" if row["tau2"] is None else form.fixed(row["tau2"], 3),
            _percent(row["i2"]),
        )
        for row in found["rows"]
    ]
    heads = ("Without", f"Pooled ({interval_text(document)})", _TAU2, "I\N{SUPERSCRIPT TWO} %")
    notes = tuple(found["notes"])
    return PoolTable(
        "leave_one_out",
        "Without each study in turn",
        heads,
        tuple(rows),
        frozenset({1, 2, 3}),
        notes,
    )


_CASES = {
    "rstudent": "Studentised residual",
    "dffits": "DFFITS",
    "cook": "Cook\N{RIGHT SINGLE QUOTATION MARK}s distance",
    "cov_ratio": "Covariance ratio",
    "tau2_deleted": f"{_TAU2} without",
    "hat": "Leverage",
}


def _influence(document: Node) -> PoolTable | None:
    found = document["influence"]
    if found is None:
        return None
    rows = [
        (
            row["label"],
            *("" if row[name] is None else form.fixed(row[name], 3) for name in _CASES),
            "yes" if row["influential"] else "no",
        )
        for row in found["rows"]
    ]
    heads = ("Study", *_CASES.values(), "Influential")
    figures = frozenset(range(1, len(heads) - 1))
    return PoolTable("influence", "Influence of each study", heads, tuple(rows), figures)


def _left_out(document: Node) -> PoolTable | None:
    rows = [(item["who"], "left out", item["why"]) for item in document["left_out"]]
    rows += [(item["who"], "not used", item["why"]) for item in document["not_used"]]
    if not rows:
        return None
    return PoolTable(
        "left_out", "Left out", ("Study", "", "Why"), tuple(rows), frozenset(), (_LEFT_NOTE,)
    )


_ROW = ("study", "arm", "label", "group", "events", "total", "estimate", "lower", "upper",
        "effect", "std_error", "weight", "source")  # fmt: skip
_POOLED = ("estimate", "lower", "upper", "link_estimate", "link_std_error", "tau2", "tau2_lower",
           "tau2_upper", "i2", "i2_lower", "i2_upper", "q", "q_df", "q_p_value", "lrt",
           "lrt_p_value", "prediction_lower", "prediction_upper")  # fmt: skip


def pool_csv(document: Node) -> Iterator[tuple[str, list[list[object]]]]:
    """Yield the CSV files: a name and its rows, the head first; numbers in full precision."""
    moderators = [m["name"] for m in (document["regression"] or {"moderators": []})["moderators"]]
    yield "studies", [
        [*_ROW, *moderators, "remarks"],
        *(
            [*(row[name] for name in _ROW), *(row["moderators"][name] for name in moderators),
             "; ".join(row["remarks"])]
            for row in document["studies"]
        ),
    ]  # fmt: skip
    yield "pooled", [["number", "value"], *([name, document["pooled"][name]] for name in _POOLED)]
    parts = (("subgroups", "groups"), ("leave_one_out", "rows"), ("funnel", "points"))
    for name, part in parts:
        if document[name]:
            yield name, list(_columns(document[name][part]))
    if document["influence"]:
        rows = [
            {k: v for k, v in r.items() if k != "dfbetas"} for r in document["influence"]["rows"]
        ]
        yield "influence", list(_columns(rows))
    if document["regression"]:
        yield "coefficients", list(_coefficient_rows(document["regression"]["coefficients"]))
        if document["regression"]["line"]:
            line = document["regression"]["line"]
            columns = zip(*line.values(), strict=True)
            yield "regression_line", [list(line), *(list(row) for row in columns)]
    if document["own"]:
        skip = {"moderators"}
        own = {name: value for name, value in document["own"].items() if name not in skip}
        yield "own", list(_columns([own]))
    outside = [("left out", item) for item in document["left_out"]]
    outside += [("not used", item) for item in document["not_used"]]
    if outside:
        yield (
            "left_out",
            [
                ["study", "kind", "why"],
                *([item["who"], kind, item["why"]] for kind, item in outside),
            ],
        )


def _columns(rows: Sequence[Node]) -> Iterator[list[object]]:
    yield list(rows[0])
    for row in rows:
        yield list(row.values())


def _coefficient_rows(rows: Iterable[Node]) -> Iterator[list[object]]:
    names = ("term", "estimate", "std_error", "statistic", "p_value", "lower", "upper")
    yield [*names, "ratio", "ratio_lower", "ratio_upper"]
    for row in rows:
        yield [*(row[name] for name in names), *row["ratio"]]


def csv_text(rows: Sequence[Sequence[object]]) -> str:
    """Write rows as CSV; what is not there is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row])
    return buffer.getvalue()
