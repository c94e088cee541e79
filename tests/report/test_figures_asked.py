"""What a figure shows when the study file asks for it: counts, ratios, areas, subgroups."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.report import theme
from atrisk.report.figures_draw import draw
from atrisk.report.figures_layout import lay_out
from atrisk.report.figures_plan import incidence_plan, survival_plan
from atrisk.report.figures_stacked import stacked_plan
from atrisk.report.figures_subgroups import subgroup_plan
from atrisk.report.kinds import kind_of
from atrisk.report.language import using
from atrisk.report.methods import method_lines
from atrisk.report.subgroups import subgroup_methods, subgroup_paragraphs, subgroup_tables
from atrisk.report.tables_csv import write_data
from atrisk.report.values import Values
from report.figure_checks import extents, problems
from study_kit import run_bmt

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.report.drawing import Drawing

ROWS = 'risk_rows = ["at_risk", "events", "censored"]\n'
CURVES = 'title = "Overall survival"\nkind = "survival"\nendpoint = "overall_survival"\n'
CAUSES = 'title = "Incidence"\nkind = "cumulative_incidence"\nendpoint = "relapse_or_nrm"\n'
EFFECT = 'title = "FAB subtype"\nkind = "subgroups"\nexposure = "fab"\n'
ASKED = {
    "os": CURVES + 'by = "group"\nannotate = ["p", "hr"]\n' + ROWS,
    "two": CURVES + 'by = "sex"\nannotate = ["hr"]\nstrata = "hospital"\n',
    "bare": CURVES + 'by = "sex"\nannotate = []\n',
    "alone": CURVES + ROWS,
    "ci": CAUSES + 'by = "group"\ndisplay = "both"\n',
    "one": CAUSES + 'display = "stacked"\n' + ROWS,
    "sub": EFFECT + 'endpoint = "disease_free_survival"\nvariables = ["sex", "cmv", "group"]\n',
    "odds": EFFECT + 'outcome = "d3 == 1"\noutcome_label = "event"\nvariables = ["sex"]\n',
}
WIDTHS = [theme.FULL, theme.COLUMN]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    analyses = [f'id = "{name}"\n{keys}' for name, keys in ASKED.items()]
    return run_bmt(tmp_path_factory.mktemp("asked"), *analyses)


@pytest.fixture(scope="module")
def values(document: dict[str, Any]) -> Values:
    return Values(document["values"])


def analysis(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(found for found in document["analyses"] if found["id"] == name)


def drawings(document: dict[str, Any], code: str = "en") -> dict[str, Drawing]:
    numbers, study = Values(document["values"]), document["study"]
    with using(code):
        return {
            drawing.id: drawing
            for node in document["analyses"]
            for kind in [kind_of(node)]
            for drawing in kind.drawings(
                node, study, numbers, kind.paragraphs(node, numbers, study["report_unit"])
            )
        }


@pytest.mark.parametrize(("code", "width"), [("en", 0), ("en", 1), ("de", 1), ("it", 0)])
def test_nothing_is_clipped_and_no_words_overlap(
    document: dict[str, Any], code: str, width: int
) -> None:
    found = drawings(document, code)
    assert set(found) == {
        "os", "two", "bare", "alone", "ci", "ci_stacked", "one_stacked", "sub_subgroups",
        "odds_subgroups",
    }  # fmt: skip
    with using(code):
        hits = {name: problems(drawing.draw(WIDTHS[width])) for name, drawing in found.items()}
    assert {name: pairs for name, pairs in hits.items() if pairs} == {}


def test_rows_of_counts_stand_under_heads_by_group(
    document: dict[str, Any], values: Values
) -> None:
    plan = survival_plan(analysis(document, "os"), values, "transplant")
    heads = [block.title for block in plan.risk_blocks]
    assert heads == ["Number at risk", "Number with an event", "Number censored"]
    assert [row.label for row in plan.risk_blocks[1].rows] == [
        "ALL",
        "AML low risk",
        "AML high risk",
    ]
    numbers = [[int(row.counts[1]) for row in block.rows] for block in plan.risk_blocks]
    # patients of each group after a year: at risk, dead, censored
    assert np.sum(numbers, axis=0).tolist() == [38, 54, 45]
    titles = [title for title, _ in lay_out(plan, theme.COLUMN).risk_titles]
    assert titles == heads


def test_one_group_has_a_row_a_count(document: dict[str, Any], values: Values) -> None:
    plan = survival_plan(analysis(document, "alone"), values, "transplant")
    (block,) = plan.risk_blocks
    assert block.title == "Number of patients"
    assert [row.label for row in block.rows] == ["At risk", "With an event", "Censored"]
    assert [row.counts[0] for row in block.rows] == ["137", "0", "0"]


def test_medians_are_named_where_their_lines_are(document: dict[str, Any], values: Values) -> None:
    named = [entry.label for entry in survival_plan(analysis(document, "os"), values, "t").legend]
    assert named == [
        "ALL (median 1.28 years)",
        "AML low risk (median 6.03 years)",
        "AML high risk (median 0.73 years)",
    ]
    alone = survival_plan(analysis(document, "alone"), values, "transplant")
    assert alone.panels[0].tests == ("Median 1.75 years",)
    found = [text for text, _ in extents(draw(alone, theme.COLUMN))]
    assert "Median 1.75 years" in found


def test_ratios_and_tests_stand_in_the_figure_if_asked(
    document: dict[str, Any], values: Values
) -> None:
    def lines(name: str) -> list[str]:
        plan = survival_plan(analysis(document, name), values, "transplant")
        return [line.replace("\N{NO-BREAK SPACE}", " ") for line in plan.panels[0].tests]

    assert lines("os") == [
        "HR, AML low risk v ALL: 0.52 (0.29\N{EN DASH}0.92)",
        "HR, AML high risk v ALL: 1.45 (0.86\N{EN DASH}2.45)",
        "Log-rank test: P <0.001",
    ]
    (line,) = lines("two")
    assert line.startswith("HR, Male v Female: ")
    assert lines("bare") == []
    captions = {name: drawing.caption for name, drawing in drawings(document).items()}
    assert "of a Cox model of the groups, stratified by hospital." in captions["two"]
    assert "HR:" not in captions["bare"]
    assert "had an event or were censored before it" in captions["os"]


def test_stacked_areas_are_the_sums_of_the_curves_up_to_all_patients(
    document: dict[str, Any], values: Values
) -> None:
    node = analysis(document, "one")
    (panel,) = stacked_plan(node, values, "transplant").panels
    relapse, both, rest = panel.curves
    (apart,) = incidence_plan(node, values, "transplant").panels
    for time in (0.5, 1.0, 3.0):
        ends = [
            curve.estimate[np.searchsorted(curve.time, time, side="right") - 1]
            for curve in apart.curves
        ]
        place = np.searchsorted(both.time, time, side="right") - 1
        assert relapse.estimate[place] == pytest.approx(ends[0])
        assert both.estimate[place] == pytest.approx(sum(ends))
        assert rest.estimate[place] == 1.0
    assert rest.label == "None of these events"


def test_areas_differ_without_colour_and_name_themselves_where_there_is_room(
    document: dict[str, Any], values: Values
) -> None:
    plan = stacked_plan(analysis(document, "ci"), values, "transplant")
    assert [panel.title for panel in plan.panels] == ["ALL", "AML low risk", "AML high risk"]
    assert [row.style for row in plan.risk_rows] == [None] * 3
    figure = draw(plan, theme.FULL)
    names = [text for text, _ in extents(figure)]
    # in the legend, and in each panel
    assert names.count("Relapse") == 4
    assert len({theme.area(index)["hatch"] for index in range(8)}) == 8
    hatches = {patch.get_hatch() for patch in figure.axes[0].collections}
    assert {theme.area(0)["hatch"], theme.area(1)["hatch"], None} <= hatches


def test_subgroups_are_drawn_and_printed_as_in_the_document(
    document: dict[str, Any], values: Values, tmp_path: Path
) -> None:
    node = analysis(document, "sub")
    plan = subgroup_plan(node, values)
    lines = {line.label: line for line in plan.rows.lines}
    assert lines["All patients"].right == ("1.89 (1.22\N{EN DASH}2.93)", "")
    assert lines["Sex"].right == ("", "0.274")
    assert [cell.split()[0] for cell in lines["Male"].left] == ["20", "27"]
    # nobody with ALL has a FAB subtype of AML: no mark, a dash
    assert lines["ALL"].right[0] == "\N{EN DASH}"
    places = [line.label for line in plan.rows.lines]
    assert places.index("ALL") not in {mark.line for mark in plan.marks}
    (table,) = subgroup_tables(node, values)
    assert table.rows[0].cells[4].plain == "1.89 (1.22\N{EN DASH}2.93)"
    assert len(table.columns) == 7
    assert (table.rows[1].label, table.rows[1].cells[-1].plain) == ("Sex", "0.274")
    drawing = drawings(document)["sub_subgroups"]
    path = write_data(drawing.data, tmp_path / "d.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["subgroup"] == "all"
    assert float(rows[0]["ratio"]) == pytest.approx(1.89177397663846)
    assert "Sex: interaction P" in drawing.words


def test_subgroups_are_told_in_words(document: dict[str, Any], values: Values) -> None:
    (said,) = subgroup_paragraphs(analysis(document, "sub"), values)
    plain = said.plain.replace("\N{NO-BREAK SPACE}", " ")
    assert plain.startswith(
        "In all 137 patients the hazard ratio of AML M4 or M5 against Other (FAB subtype) was 1.89"
    )
    assert "sex P = 0.274" in plain
    assert all(number.key.startswith("sub.") for number in said.numbers())
    odds = subgroup_paragraphs(analysis(document, "odds"), values)[0].plain
    assert "the odds ratio of AML M4 or M5" in odds


def test_methods_name_model_and_interaction(document: dict[str, Any], values: Values) -> None:
    lines = dict(subgroup_methods(analysis(document, "sub"), values))
    assert lines["Model"] == "Cox model of the exposure alone in each subgroup"
    assert lines["Interaction"].startswith("likelihood ratio test of the product")
    odds = dict(subgroup_methods(analysis(document, "odds"), values))
    assert odds["Model"].startswith("logistic regression")
    assert "Ties" not in odds


def test_methods_name_the_model_of_the_ratios_in_a_figure(document: dict[str, Any]) -> None:
    numbers = Values(document["values"])
    name = "Hazard ratios in the figure"
    plain, stratified, bare = (
        dict(method_lines(analysis(document, one), numbers)) for one in ("os", "two", "bare")
    )
    assert plain[name] == "Cox model of the groups, each against ALL"
    assert stratified[name].endswith("each against Female, stratified by hospital")
    assert name not in bare


def test_words_carry_ratios_and_counts(document: dict[str, Any]) -> None:
    words = drawings(document)["os"].words
    assert "HR, AML low risk v ALL: 0.52 (0.29\N{EN DASH}0.92)." in words
    assert "Number at risk (Years from transplant: 0, 1, 2, 3, 4, 5, 6, 7): ALL 38, 22, 14" in words
    assert "Number censored (Years from transplant: 0, 1" in words
