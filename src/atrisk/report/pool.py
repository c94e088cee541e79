"""The page of a pool, its figures and its tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from atrisk.report import format as form
from atrisk.report.figures_save import inline_svg, save_figure, svg_text
from atrisk.report.page import style_sheet
from atrisk.report.pool_drawings import pool_drawings
from atrisk.report.pool_tables import csv_text, pool_csv, pool_tables
from atrisk.report.pool_text import (
    estimate_text,
    interval_text,
    method_lines,
    own_sentences,
    pooled_sentences,
    regression_sentences,
    subgroup_sentences,
    value_text,
)
from atrisk.report.theme import COLUMN, FULL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atrisk.report.drawing import Drawing
    from atrisk.report.values import Node

__all__ = ["pool_html", "write_pool"]

_WIDTHS = (FULL, COLUMN)
_SUP2 = "\N{SUPERSCRIPT TWO}"


def write_pool(document: Node, folder: Path) -> None:
    """Write ``pool.html``, ``pool.json``, ``figures/`` and ``tables/`` of a pool."""
    drawings = list(pool_drawings(document))
    pictures: dict[str, str] = {}
    (folder / "figures").mkdir()
    for drawing in drawings:
        for width in _WIDTHS:
            figure = drawing.draw(width)
            stem = f"{drawing.id}{width.suffix}"
            svg = svg_text(figure, drawing.title, drawing.words)
            pictures[stem] = svg
            save_figure(figure, svg, drawing.title, drawing.words, folder / "figures" / stem)
    (folder / "tables").mkdir()
    for name, rows in pool_csv(document):
        _write(folder / "tables" / f"{name}.csv", csv_text(rows))
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    _write(folder / "pool.json", text + "\n")
    _write(folder / "pool.html", pool_html(document, drawings, pictures))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def pool_html(document: Node, drawings: list[Drawing], pictures: Mapping[str, str]) -> str:
    """Render the page as one HTML text that needs no other file.

    Parameters
    ----------
    document
        of ``atrisk-pool/1``.
    drawings
        its figures.
    pictures
        their SVG by id and width.
    """
    environment = Environment(
        loader=PackageLoader("atrisk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    software = document["software"]
    notes = [*document["cautions"], *map(_sentence, document["notes"])]
    return environment.get_template("pool.html.j2").render(
        title=document["title"],
        style=_safe(style_sheet("report.css", "pool.css", synthetic=False)),
        said=list(pooled_sentences(document)),
        tiles=_tiles(document),
        cautions=list(dict.fromkeys(notes)),
        figures={drawing.id: _figure(drawing, pictures) for drawing in drawings},
        tables=pool_tables(document),
        subgroups=list(subgroup_sentences(document)),
        regression=list(regression_sentences(document)),
        own=list(own_sentences(document)) if document["own"] else [],
        own_source=document["own"]["source"] if document["own"] else None,
        egger=_egger(document),
        left=_left(document),
        methods=list(method_lines(document)),
        source=_source(document),
        papers=document["papers"],
        software=f"{software['name']} {software['version']}",
        file=document["file"],
    )


def _safe(html: str) -> Markup:
    """Mark HTML as such: it was made by this package, with every text from outside escaped."""
    return Markup(html)  # noqa: S704 - built from escaped parts only


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."


def _figure(drawing: Drawing, pictures: Mapping[str, str]) -> dict[str, Any]:
    full, narrow = (f"{drawing.id}{width.suffix}" for width in _WIDTHS)
    return {
        "id": drawing.id,
        "title": drawing.title,
        "caption": drawing.caption,
        "full": _safe(inline_svg(pictures[full], full)),
        "narrow": _safe(inline_svg(pictures[narrow], narrow)),
    }


def _tiles(document: Node) -> list[tuple[str, str]]:
    pooled = document["pooled"]
    sign = "" if document["measure"] == "ratio" else "%"
    tiles = [(form.count(pooled["studies"]), form.tally(pooled["studies"], "study", "studies"))]
    shown = estimate_text(document, pooled).split(" (")
    limits = f"{interval_text(document)} {shown[1].rstrip(')')}" if len(shown) > 1 else ""
    tiles.append((f"{shown[0]}{sign}", f"pooled, {limits}"))
    if pooled["prediction_lower"] is not None:
        ends = [value_text(document, pooled[f"prediction_{end}"]) for end in ("lower", "upper")]
        tiles.append((f"{form.EN_DASH.join(ends)}{sign}", "prediction interval"))
    if pooled["i2"] is not None:
        tiles.append((f"{form.percent(pooled['i2'])}%", f"I{_SUP2}"))
    return tiles


def _egger(document: Node) -> list[str]:
    funnel = document["funnel"]
    if funnel is None:
        return []
    p = form.p_equation(form.p_value(funnel["p_value"]))
    against = (
        "the standard error"
        if funnel["predictor"] == "std_error"
        else "1 / \N{SQUARE ROOT}n, since standard errors depend on the proportions themselves"
    )
    first = (
        f"Regression of the effect on {against}: t {form.fixed(funnel['statistic'], 2)} on"
        f" {form.count(funnel['df'])} df, {p}."
    )
    return [first, *map(_sentence, funnel["notes"])]


def _left(document: Node) -> str:
    found = document["leave_one_out"]
    if found is None:
        return ""
    sign = "" if document["measure"] == "ratio" else "%"
    low, high = (value_text(document, found[end]) for end in ("least", "greatest"))
    return f"Without one study the pooled value lies between {low}{sign} and {high}{sign}."


_SOURCES = {
    "file": "the pool file",
    "record": "the published record that comes with atrisk",
}


def _source(document: Node) -> str:
    source = document["source"]
    words = source["csv"] if source["kind"] == "csv" else _SOURCES[source["kind"]]
    filters = ", ".join(f"{name} {value}" for name, value in source["filters"].items())
    said = f". {source['said']}" if source["said"] else ""
    return f"{words}{f' ({filters})' if filters else ''}{said}"
