"""The tables, the output and the figures of docs/pooling.md.

Write them anew: ``python tests/pool_page.py``.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

from atrisk.estimators.pool_proportions import pool_proportions
from atrisk.evidence.pool import pool_file
from atrisk.report.figures_save import svg_text
from atrisk.report.pool_drawings import pool_drawings
from atrisk.report.pool_text import pooled_sentences, regression_sentences, subgroup_sentences
from atrisk.report.theme import FULL

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "pooling.md"
PICTURES = ROOT / "docs" / "images" / "pooling"
EXAMPLES = ROOT / "examples" / "evidence"
STORED = ROOT / "tests" / "reference" / "values" / "pooling.json"

#: Figures of the page: example and figure.
SHOWN = (
    ("cr-cri", "forest"),
    ("mrd", "forest"),
    ("sos-vod-after-transplant", "forest"),
    ("sos-vod-dose", "bubble"),
)
_MEASURES = {"PLO": "logit", "PAS": "arcsine", "PFT": "double_arcsine"}
_Z = 1.959963984540054


@cache
def example(name: str) -> dict[str, Any]:
    """Pool an example, once."""
    return pool_file(EXAMPLES / f"{name}.toml")


def parts() -> dict[str, str]:
    """Give the parts of the page that are written by this script, by their names."""
    values = json.loads(STORED.read_text(encoding="utf-8"))
    found = {"methods": _methods(values), "glmm": _glmm(values)}
    for path in sorted(EXAMPLES.glob("*.toml")):
        document = example(path.stem)
        said = [
            *pooled_sentences(document),
            *subgroup_sentences(document),
            *regression_sentences(document),
        ]
        found[path.stem] = "\n".join(f"> {line}  " for line in said)
    return found


def page(text: str) -> str:
    """Put the parts between their marks."""
    for name, part in parts().items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        if not re.search(pattern, text, re.DOTALL):
            raise ValueError(f"{PAGE.name} has no marks of {name}")
        text = re.sub(pattern, lambda m, p=part: f"{m[1]}{p}\n{m[2]}", text, flags=re.DOTALL)
    return text


def _percent(*values: float) -> str:
    value, low, high = (f"{100 * v:.4f}" for v in values)
    return f"{value} ({low} to {high})"


def _methods(values: dict[str, Any]) -> str:
    pritz = values["data"]["pritz"]
    lines = ["| method | atrisk, % (95% CI) | metafor, % (95% CI) |", "|---|---|---|"]
    glmm = next(case for case in values["metafor_glmm"] if case["data"] == "pritz")
    ours = pool_proportions(pritz["events"], pritz["total"], ci="z")
    theirs = [
        1.0 / (1.0 + math.exp(-glmm["link_estimate"] - side * _Z * glmm["link_std_error"]))
        for side in (0, -1, 1)
    ]
    shown = _percent(ours.estimate, ours.lower, ours.upper)
    lines.append(f"| GLMM | {shown} | {_percent(*theirs)} |")
    for case in values["transformed"]:
        if (case["data"], case["tau2"], case["ci"]) != ("pritz", "reml", "z"):
            continue
        method = _MEASURES[case["measure"]]
        found = pool_proportions(
            pritz["events"], pritz["total"], method=method, tau2="reml", ci="z"
        )
        shown = _percent(found.estimate, found.lower, found.upper)
        other = _percent(case["estimate"], case["lower"], case["upper"])
        lines.append(f"| {method.replace('_', ' ')}, REML | {shown} | {other} |")
    return "\n".join(lines)


def _glmm(values: dict[str, Any]) -> str:
    lines = [
        "| catheters | | log odds | SE | \N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO} |",
        "|---|---|---|---|---|",
    ]
    published = {"standard": ("\N{MINUS SIGN}3.50", "0.26", "0.81"),
                 "treated": ("\N{MINUS SIGN}4.81", "0.36", "0.83")}  # fmt: skip
    data = values["data"]["catheters"]
    for arm, printed in published.items():
        found = pool_proportions(data[arm], data[f"{arm}_total"], ci="z")
        case = next(c for c in values["metafor_glmm"] if c["data"] == f"catheters, {arm}")
        ours = (found.link_estimate, found.link_std_error, found.tau2)
        theirs = (case["link_estimate"], case["link_std_error"], case["tau2_estimate"])
        for who, three in (("atrisk", ours), ("metafor", theirs)):
            cells = " | ".join(f"{x:.5f}".replace("-", "\N{MINUS SIGN}") for x in three)
            lines.append(f"| {arm} | {who} | {cells} |")
        lines.append(f"| {arm} | as published | {' | '.join(printed)} |")
    return "\n".join(lines)


def write_pictures() -> None:
    """Draw the figures of the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for of, name in SHOWN:
        drawing = next(d for d in pool_drawings(example(of)) if d.id == name)
        svg = svg_text(drawing.draw(FULL), drawing.title, drawing.words)
        path = PICTURES / f"{of}-{name}.svg"
        path.write_text(svg, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    write_pictures()
