"""The page on screen and for print: what is folded, what stays together, how wide it is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import plutoprint
import pytest

from atrisk.report.compose import compose
from atrisk.report.figures_counts import risk_blocks
from atrisk.report.page import render_page
from atrisk.report.tables import Row, Table
from atrisk.report.values import phrase
from report import documents
from report import documents_models as made

if TYPE_CHECKING:
    from atrisk.report.description import Report


@pytest.fixture(scope="module")
def report() -> Report:
    return compose(documents.document(made.cox()))


def page(report: Report, *, files: bool) -> str:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><title>t</title><desc>d</desc></svg>'
    figures = list(report.figures())
    names = [f"{f.id}{suffix}" for f in figures for suffix in ("", "_column")]
    data = {f"{f.drawing.data_name}.csv": b"a\n" for f in figures}
    return render_page(report, dict.fromkeys(names, svg), data, files=files)


def test_the_supplement_is_folded_on_screen_after_the_tables_and_open_in_print(
    report: Report,
) -> None:
    screen, printed = (page(report, files=files) for files in (True, False))
    labels = re.findall(r"<b>Table (S?\d+)\.", screen)
    assert [label for label in labels if label.startswith("S")] == ["S1", "S2", "S3", "S4", "S5"]
    assert labels.index("S1") > labels.index("1")
    folded = re.findall(r'<details class="supplement">(.*?)</details>', screen, re.DOTALL)
    assert re.findall(r"<b>Table (S\d+)", folded[0]) == ["S1", "S2", "S3", "S4", "S5"]
    assert "<b>Table 1." not in folded[0]
    assert folded[0].lstrip().startswith("<summary>Supplement: Table S1, Table S2")
    assert '<details class="supplement" open>' in printed
    assert '<details class="supplement">' not in printed


def test_a_table_of_many_columns_does_not_shrink_the_printed_report(report: Report) -> None:
    heads = tuple(phrase(f"Days from transplant {at}") for at in range(12))
    row = Row("1", tuple(phrase("Reduced intensity") for _ in heads))
    wide = Table("wide", "Wide", "No.", heads, (row,) * 3)
    section = report.sections[0]
    shown = replace(section.tables[0], table=wide)
    own = replace(report, sections=(replace(section, tables=(shown,)),))
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, media=plutoprint.MEDIA_TYPE_PRINT)
    book.load_html(page(own, files=False))
    # what is wider than the sheet is made to fit, with all the rest, by smaller type
    assert book.get_document_width() < 1.01 * book.get_viewport_width()


def test_a_suppressed_count_under_the_axis_is_a_dash() -> None:
    analysis, _ = documents.survival("os")
    rows = analysis["risk_table"]["rows"]
    for row in rows:
        row["at_risk"] = [12, None]
    (block,) = risk_blocks(analysis, (0, 1), coloured=True)
    assert block.rows[0].counts == ("12", "\N{EN DASH}")
