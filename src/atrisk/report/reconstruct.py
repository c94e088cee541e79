"""The page of a reconstruction: each curve as printed and as reconstructed, residuals, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from atrisk.report import format as form
from atrisk.report.figures_save import inline_svg, svg_text
from atrisk.report.page import style_sheet
from atrisk.report.reconstruct_figure import drawn_curves
from atrisk.report.theme import COLUMN, FULL

if TYPE_CHECKING:
    from atrisk.report.values import Node

__all__ = ["reconstruction_html"]

_VERDICTS = {
    "exact": "exact",
    "several": "several sets of numbers fit",
    "approximate": "approximate",
    "refused": "refused",
}
_METHODS = {
    "exact": "every set of whole numbers that gives the curve, found by search",
    "constrained": "the likeliest whole numbers within the bounds of the reading, the numbers at"
    " risk, the total of events and, where they can be held, the landmarks, by dynamic programming",
    "guyot": "the algorithm of Guyot et al. (2012)",
    "": "none",
}
_MANY = 1e6
_SMALL = 1e-3


def reconstruction_html(document: Node) -> str:
    """Render the page as one HTML text that needs no other file.

    Parameters
    ----------
    document
        of ``atrisk-reconstruction/1``.

    Returns
    -------
    str
        the page; the same document gives the same text.
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
    return environment.get_template("reconstruct.html.j2").render(
        title=document["title"],
        source=document["source"],
        style=_safe(style_sheet("report.css", "reconstruct.css", synthetic=False)),
        facts=_facts(document),
        groups=[_group(group, place, document) for place, group in enumerate(document["groups"])],
        ratios=[_row(row, document["unit"]) for row in document["hazard_ratios"]],
        software=f"{software['name']} {software['version']}",
    )


def _safe(html: str) -> Markup:
    """Mark HTML as such: it was made by this package, with every text from outside escaped."""
    return Markup(html)  # noqa: S704 - built from escaped parts only


def _facts(document: Node) -> list[tuple[str, str]]:
    groups = document["groups"]
    rows = [row for group in groups for row in group["residuals"]] + document["hazard_ratios"]
    held = [row for row in rows if row["agrees"] is not None and row["of_paper"]]
    met = sum(row["agrees"] for row in held)
    return [
        ("Curves", form.count(sum(len(group["curves"]) for group in groups))),
        ("Pseudo-patients", form.count(sum(group["patients"] for group in groups))),
        ("Printed numbers met", f"{form.count(met)} of {form.count(len(held))}"),
        ("Ensemble", f"{form.count(document['members'])} members, seed {document['seed']}"),
    ]


def _group(group: Node, place: int, document: Node) -> dict[str, Any]:
    words = {
        "id": f"g{place + 1}",
        "name": group["name"],
        "verdict": group["verdict"],
        "verdict_words": _VERDICTS[group["verdict"]],
        "why": form.capitalised(group["why"]),
        "facts": _group_facts(group, document["unit"]),
        "said": [form.capitalised(text) for text in (*group["warnings"], *group["notes"])],
        "rows": [_row(row, document["unit"]) for row in group["residuals"]],
        "figure": None,
    }
    if group["verdict"] != "refused":
        words["figure"] = _figure(group, place, document["unit"])
    return words


def _group_facts(group: Node, unit: str) -> list[tuple[str, str]]:
    if group["verdict"] == "refused":
        return []
    ensemble = group["events_in_ensemble"]
    spread = ""
    if ensemble:
        low, high = (form.count(value) for value in ensemble)
        spread = f" (ensemble {low}{'' if low == high else form.EN_DASH + high})"
    many = group["solutions"]
    if many is None:
        sets = "not counted"
    else:
        sets = form.count(many) if many < _MANY else "more than a million"
    return [
        ("Method", _METHODS[group["method"]]),
        ("Patients", form.count(group["patients"])),
        ("Events", form.count(group["events"]) + spread),
        ("Sets of whole numbers that fit", sets),
        (
            "Precision of the reading",
            _precision(group, unit),
        ),
    ]


def _precision(group: Node, unit: str) -> str:
    value, time = _short(group["precision_value"]), _short(group["precision_time"])
    return f"{value} of {group['kind']}, {time} {unit}"


def _short(value: float) -> str:
    return form.general(float(f"{value:.2g}"))


def _figure(group: Node, place: int, unit: str) -> dict[str, Any]:
    title = f"{group['name']}: the curve as printed and as reconstructed"
    words = (
        f"{form.capitalised(group['kind'])} of {group['patients']} reconstructed patients lies on"
        " the curve that was read."
    )
    views = {}
    for name, width in (("full", FULL), ("narrow", COLUMN)):
        svg = svg_text(drawn_curves(group, unit, width), title, words)
        views[name] = _safe(inline_svg(svg, f"c{place + 1}-{name}"))
    return {"title": title, **views}


def _row(row: Node, unit: str) -> dict[str, str]:
    found = row["reconstructed"]
    return {
        "what": form.capitalised(row["what"].replace("_", " ")),
        "at": "" if row["at"] is None else f"{form.general(row['at'])} {unit}",
        "printed": row["printed"],
        "found": "not reached" if found is None and row["agrees"] else _number(found),
        "agrees": {True: "met", False: "not met", None: "not held"}[row["agrees"]],
        "note": row["note"],
    }


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if float(value).is_integer():
        return form.count(value)
    if abs(value) < _SMALL:
        return _short(value)
    return form.fixed(value, max(form.places_for_digits(value, 3), 0))
