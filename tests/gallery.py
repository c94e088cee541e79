"""The page docs/gallery.md: figures and tables of the examples, with the lines that made each.

Write it and its pictures anew: ``python tests/gallery.py``.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrisk.report.compose import compose
from atrisk.report.synthetic import mark_figure
from atrisk.report.theme import FULL
from atrisk.study import plan_study, read_source, read_study, run_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.description import Report, Section
    from atrisk.report.drawing import Drawing
    from atrisk.report.tables import Table
    from atrisk.report.values import Phrase

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "docs" / "images" / "gallery"
EXAMPLES = ROOT / "examples"

_DPI = 150
_COLOURS = 48
_MOST_ROWS = 14

#: An analysis that no example has, and the example whose data it takes.
WEIGHTED = """[[analyses]]
id = "cmv_weighted"
kind = "weighted"
title = "CMV status and disease-free survival, weighted"
endpoint = "disease_free_survival"
treatment = "cmv"
covariates = ["group", "age", "donor_age", "fab", "donor_cmv"]
times = ["1 year", "2 years"]
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An analysis of an example, what of it is shown: the ends of ids behind that of the analysis.

    No end is the figure or table that has the id of the analysis.
    """

    example: str
    analysis: str
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    says: str = ""


#: Headings of the page, each with what stands below it.
CONTENT: dict[str, tuple[Shown, ...]] = {
    "Patients": (
        Shown("ino-hct", "", ("flow",), says="Every report has it; no line is needed."),
        Shown("bmt", "patients", tables=("",), says="Table 1 by group."),
        Shown("ino-hct", "sos_cases", tables=("",), says="A row a patient, by running numbers."),
        Shown("ino-hct", "accrual", ("accrual",)),
        Shown("ino-hct", "course", ("swimmer",)),
        Shown("bmt", "course", ("swimmer",)),
    ),
    "Treatment and response": (
        Shown("ino-hct", "schedule", ("schedule",)),
        Shown("ino-hct", "dose_deviations", tables=("kinds",)),
        Shown("ino-hct", "response", tables=("",)),
        Shown("ino-hct", "response_rules", tables=("calls",)),
        Shown("ino-hct", "mrd_course", ("lines",)),
        Shown("ino-hct", "blasts", ("waterfall",)),
    ),
    "Survival": (
        Shown("ino-hct", "os", ("",), ("summary",), "Figure 1 of Kayser 2024."),
        Shown("bmt", "os", ("",), ("summary", "pairwise")),
        Shown(
            "heart",
            "transplant",
            ("heart",),
            ("models",),
            "Simon-Makuch, as Figure 5 of Kayser 2022.",
        ),
        Shown("heart", "landmark", ("t60d",)),
        Shown("bmt", "cmv_weighted", ("", "love"), ("summary",)),
    ),
    "Competing risks": (
        Shown(
            "ino-hct",
            "relapse_or_death",
            ("", "stacked"),
            ("summary",),
            "Figure 2 of Kayser 2024, and the causes on top of each other.",
        ),
        Shown("bmt", "incidence", ("",)),
    ),
    "Regression": (
        Shown("ino-hct", "os_cox", ("multivariable_forest", "schoenfeld"), ("models", "selection")),
        Shown("bmt", "dfs_cox", ("calibration",), ("validation",)),
        Shown("bmt", "relapse_fine_gray", tables=("models",)),
        Shown("ino-hct", "sos_risk", tables=("models",)),
        Shown("ino-hct", "blinatumomab_subgroups", ("subgroups",)),
    ),
    "SOS/VOD": (
        Shown("ino-hct", "sos", tables=("",)),
        Shown("ino-hct", "sos_dose", ("doses",)),
        Shown("ino-hct", "sos_criteria", ("days",), ("criteria",)),
    ),
    "Beside a publication": (
        Shown(
            "ino-hct",
            "sos_beside",
            ("rates_forest",),
            ("rates",),
            "The synthetic cohort beside real studies. [compare.md](compare.md) has the"
            " comparison with a published curve.",
        ),
        Shown("ino-hct", "published", tables=("s8", "s14")),
    ),
}

BEGIN = "<!-- figures and tables: written by `python tests/gallery.py`, do not edit by hand -->\n"
END = "<!-- end of the figures and tables -->\n"


@cache
def example(name: str) -> tuple[dict[str, Any], Report]:
    """Run an example, with what the gallery adds to it, and describe its report."""
    text = (EXAMPLES / name / "study.toml").read_text(encoding="utf-8")
    if name == "bmt":
        text = f"{text}\n{WEIGHTED}"
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study.toml"
            data = (EXAMPLES / name / "bmt.csv").as_posix()
            study.write_text(text.replace('"bmt.csv"', f'"{data}"'), encoding="utf-8")
            return _made(study)
    return _made(EXAMPLES / name / "study.toml")


def _made(study: Path) -> tuple[dict[str, Any], Report]:
    request = read_study(study)
    source = read_source(request)
    document = run_study(plan_study(request, source.names, source))
    return document, compose(document)


def lines(shown: Shown) -> str:
    """Give the lines of the study file that make an analysis."""
    text = (EXAMPLES / shown.example / "study.toml").read_text(encoding="utf-8") + f"\n{WEIGHTED}"
    found = re.search(
        rf'^\[\[analyses\]\]\nid = "{shown.analysis}"\n.*?(?=^\n*(?:\[(?!analyses\.)|# -)|\Z)',
        text,
        re.MULTILINE | re.DOTALL,
    )
    if found is None:
        raise LookupError(f"{shown.example} has no analysis {shown.analysis}")
    return found[0].strip()


def section(shown: Shown) -> Section:
    """Find the section of an analysis."""
    _, report = example(shown.example)
    return next(one for one in report.sections if one.id == shown.analysis)


def figures(shown: Shown) -> Iterator[Drawing]:
    """Find the figures that are shown of an analysis."""
    _, report = example(shown.example)
    by_id = {figure.id: figure.drawing for figure in report.figures()}
    for end in shown.figures:
        yield by_id["_".join(part for part in (shown.analysis, end) if part)]


def tables(shown: Shown) -> Iterator[Table]:
    """Find the tables that are shown of an analysis."""
    by_id = {table.id: table.table for table in section(shown).tables}
    for end in shown.tables:
        yield by_id["_".join(part for part in (shown.analysis, end) if part)]


def picture_name(shown: Shown, drawing: Drawing) -> str:
    """Name the file of a picture."""
    return f"{shown.example}-{drawing.id}.png"


def picture(drawing: Drawing, *, synthetic: bool) -> bytes:
    """Draw a figure as a PNG of few colours."""
    from PIL import Image

    figure = drawing.draw(FULL)
    figure = mark_figure(figure) if synthetic else figure
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI, metadata={"Software": None})
    small = io.BytesIO()
    image = Image.open(drawn).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    image.save(small, format="PNG", optimize=True)
    return small.getvalue()


def markdown(table: Table) -> str:
    """Write a table, its beginning if it is long."""
    heads = [_cell(table.stub), *(_head(table, place) for place in range(len(table.columns)))]
    rules = ["---", *("---" if i in table.text_columns else "---:" for i in range(len(heads) - 1))]
    body = [
        [f"{'&emsp;' * row.level}{_cell(row.label)}", *(_said(cell) for cell in table.padded(row))]
        for row in table.rows[:_MOST_ROWS]
    ]
    written = ["|".join(("", *cells, "")) for cells in (heads, rules, *body)]
    left = len(table.rows) - _MOST_ROWS
    return "\n".join(written + ([f"\n{left} more rows."] if left > 0 else []))


def _head(table: Table, place: int) -> str:
    over, own = _cell(table.spanned()[place]), _said(table.columns[place])
    return f"{over}<br>{own}" if over else own


def _said(words: Phrase) -> str:
    return _cell(words.plain)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>").replace("~", "\\~")


def gallery() -> str:
    """Write what stands between the marks of the page."""
    parts = []
    for heading, entries in CONTENT.items():
        parts.append(f"\n## {heading}\n")
        parts += [part for shown in entries for part in _entry(shown)]
    return "\n".join(parts)


def page() -> str:
    """Write the page anew; what stands outside the marks stays."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}{gallery()}{END}{rest.partition(END)[2]}"


def _entry(shown: Shown) -> Iterator[str]:
    if shown.analysis:
        title = section(shown).title
        yield f"\n### {title} (`{section(shown).kind}`, {shown.example})\n"
    if shown.says:
        yield f"{shown.says}\n"
    if shown.analysis:
        yield f"```toml\n{lines(shown)}\n```\n"
    for drawing in figures(shown):
        yield f"![{drawing.title}](images/gallery/{picture_name(shown, drawing)})\n"
        yield f"{drawing.title}. {drawing.caption}\n"
    for table in tables(shown) if shown.tables else ():
        yield f"**{table.title}**\n\n{markdown(table)}\n"


def main() -> None:
    """Write the page and its pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    written = set()
    for shown in (one for entries in CONTENT.values() for one in entries):
        synthetic = example(shown.example)[1].synthetic
        for drawing in figures(shown):
            file = PICTURES / picture_name(shown, drawing)
            file.write_bytes(picture(drawing, synthetic=synthetic))
            written.add(file)
    for file in set(PICTURES.iterdir()) - written:
        file.unlink()
    PAGE.write_text(page(), encoding="utf-8")
    size = sum(file.stat().st_size for file in written)
    sys.stdout.write(f"{PAGE}: {len(written)} pictures, {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
