"""The forest plot of published rates beside a cohort, in a report of kind ``compare``."""

from __future__ import annotations

import re

import pytest

from atrisk.report.compare import compare_paragraphs
from atrisk.report.compare_figure import compare_drawings, rates_forest
from atrisk.report.kinds import KINDS
from atrisk.report.language import using
from atrisk.report.theme import COLUMN, FULL
from atrisk.report.values import Values
from study_kit import BMT, BMT_HEAD, run

RATES = """
[[analyses]]
id = "rate"
kind = "compare"
title = "Relapse"
outcome = "d2 == 1"
outcome_label = "Relapse"
rates = { file = "rates.csv", label = "Trials", source = "A review" }
"""
COUNTS = "study,events,total\nA,3,20\nB,10,60\nC,0,12\nD,12,40\n"


def compared(folder, counts=COUNTS, more=""):
    (folder / "rates.csv").write_text(counts, "utf-8")
    return run(folder, BMT_HEAD + RATES + more)


def drawn(document):
    (analysis,) = document["analyses"]
    values = Values(document["values"])
    said = compare_paragraphs(analysis, values, "days")
    return list(compare_drawings(analysis, document["study"], values, said))


def test_rates_have_a_forest_plot(tmp_path):
    document = compared(tmp_path)
    plan = rates_forest(document["analyses"][0], Values(document["values"]))
    assert [line.label for line in plan.wide.lines] == [
        "A", "B", "C", "D", "Pooled", "Expected in a cohort of this size", "This cohort",
    ]  # fmt: skip
    assert [mark.kind for mark in plan.marks] == [*["study"] * 4, "pooled", "expected", "own"]
    own = plan.marks[-1]
    assert own.estimate == pytest.approx(100 * 42 / 137)
    assert plan.marks[1].share == 1.0  # the largest study
    assert plan.axis == "Relapse (%)"
    (drawing,) = drawn(document)
    assert "This cohort: 42 / 137, 30.7" in drawing.words.replace("\N{NO-BREAK SPACE}", " ")
    assert drawing.data[2][:3] == ("B", 10, 60)
    for width in (FULL, COLUMN):
        assert drawing.draw(width).get_figwidth() == pytest.approx(width.millimetres / 25.4)


def test_two_studies_expect_nothing_and_are_drawn(tmp_path):
    document = compared(tmp_path, "study,events,total\nA,3,20\nB,9,31\n")
    plan = rates_forest(document["analyses"][0], Values(document["values"]))
    assert [mark.kind for mark in plan.marks] == ["study", "study", "pooled", "own"]


@pytest.mark.parametrize(("code", "own"), [("de", "Diese Kohorte"), ("it", "Questa coorte")])
def test_the_figure_is_in_the_language_of_the_report(tmp_path, code, own):
    document = compared(tmp_path)
    with using(code):
        (drawing,) = drawn(document)
        plan = rates_forest(document["analyses"][0], Values(document["values"]))
    assert plan.wide.lines[-1].label == own
    assert not re.search(r"Squares|Events|Pooled|This cohort", drawing.words + drawing.caption)


def test_the_report_draws_it():
    assert KINDS["compare"].drawings is compare_drawings
    assert (BMT / "bmt.csv").is_file()
