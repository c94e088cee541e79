from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from atrisk.report import theme
from atrisk.report.figures_corners import free_corner, step_at
from atrisk.report.figures_draw import draw
from atrisk.report.figures_layout import lay_out
from atrisk.report.figures_plan import incidence_plan, survival_plan
from atrisk.report.figures_save import inline_svg, svg_text
from atrisk.report.figures_text import flow, text_width, wrap
from atrisk.report.values import Values
from report import documents
from report.figure_checks import covered, extents, problems

SAMPLE = json.loads(Path(__file__).with_name("sample.json").read_text(encoding="utf-8"))
DOCUMENTS = {
    "sample": SAMPLE,
    "crowded": documents.crowded(),
    "plain": documents.plain(),
    "two_groups": documents.two_groups(),
}
FIGURES = [
    (name, analysis["id"])
    for name, document in DOCUMENTS.items()
    for analysis in document["analyses"]
    if analysis["kind"] != "describe"
]


def plan_of(name, analysis_id):
    document = DOCUMENTS[name]
    analysis = next(a for a in document["analyses"] if a["id"] == analysis_id)
    build = survival_plan if analysis["kind"] == "survival" else incidence_plan
    return build(analysis, Values(document["values"]), document["study"]["origin"])


@pytest.mark.parametrize("width", [theme.FULL, theme.COLUMN], ids=["full", "column"])
@pytest.mark.parametrize(("name", "analysis_id"), FIGURES)
def test_nothing_is_clipped_and_no_words_overlap(name, analysis_id, width):
    figure = draw(plan_of(name, analysis_id), width)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width.millimetres)
    assert problems(figure) == []


def test_numbers_at_risk_stand_under_their_ticks():
    plan = plan_of("sample", "os")
    layout = lay_out(plan, theme.FULL)
    figure = draw(plan, theme.FULL)
    box = layout.axes[0]
    found = dict(extents(figure))
    middle = (found["22"].x0 + found["22"].x1) / 2 / figure.dpi * 25.4
    assert middle == pytest.approx(box.left + box.width / plan.x_max, abs=0.3)
    assert [row.counts[0] for row in plan.risk_rows] == ["38", "54", "45"]


def test_the_figure_says_unit_origin_and_test():
    plan = plan_of("sample", "os")
    assert plan.x_name == "Years from transplant"
    assert plan.y_name == "Overall survival (%)"
    tests = [line.replace("\N{NO-BREAK SPACE}", " ") for line in plan.panels[0].tests]
    assert tests == [
        "Log-rank test: P <0.001",
        "Log-rank test stratified by hospital: P = 0.003",
    ]


def test_a_panel_a_cause_or_one_panel_of_causes():
    assert [panel.title for panel in plan_of("sample", "ci").panels] == [
        "Relapse",
        "Non-relapse mortality",
    ]
    alone = plan_of("plain", "ci")
    assert [curve.label for curve in alone.panels[0].curves] == ["Relapse", "Death & <other>"]
    assert [row.style for row in alone.risk_rows] == [None]


def test_bands_are_drawn_for_few_curves_only():
    assert plan_of("sample", "os").bands
    assert not plan_of("crowded", "os").bands


def test_a_test_that_was_not_done_is_not_in_the_figure():
    assert plan_of("crowded", "pfs").panels[0].tests == ()


def test_curves_differ_without_colour():
    styles = [theme.dashes(index) for index in range(8)]
    assert len(set(styles)) == 8
    assert len({theme.colour(index) for index in range(8)}) == 8


def test_small_incidences_end_the_axis_early():
    assert [panel.y_max for panel in plan_of("sample", "ci").panels] == [0.8, 0.8]
    assert [panel.y_max for panel in plan_of("plain", "ci").panels] == [0.5]


def test_panels_share_their_height_within_a_factor_of_two():
    analysis, values = documents.incidence(names=("A", "B"))
    for curve in analysis["curves"]:
        if curve["cause"] == "c0":
            for part in ("estimate", "lower", "upper", "censor_estimate"):
                curve[part] = [None if x is None else x / 20 for x in curve[part]]
    plan = incidence_plan(analysis, Values(values), "transplant")
    assert plan.panels[0].y_max < plan.panels[1].y_max / 2
    alike = plan_of("two_groups", "ci")
    assert alike.panels[0].y_max == alike.panels[1].y_max


def test_numbers_at_risk_of_neighbouring_panels_are_apart():
    layout = lay_out(plan_of("two_groups", "ci"), theme.FULL)
    one, two = layout.axes
    assert two.left - one.left - one.width >= text_width("12,345", theme.FULL.small) / 2 + 5.0


@pytest.mark.parametrize("width", [theme.FULL, theme.COLUMN], ids=["full", "column"])
@pytest.mark.parametrize("pace", [0.3, 1.0, 4.0])
def test_p_values_lie_on_none_of_eight_curves(pace, width):
    analysis, values = documents.survival(names=documents.LONG)
    for curve in analysis["curves"]:
        for part in ("estimate", "censor_estimate"):
            curve[part] = [height**pace for height in curve[part]]
    plan = survival_plan(analysis, Values(values), "transplant")
    figure = draw(plan, width)
    axes = figure.axes[0]
    found = [box for text, box in extents(figure) if "Log-rank" in text]
    assert found
    for line in axes.get_lines():
        time, height = line.get_data()
        at = np.linspace(0.0, time[-1], 4000)
        points = axes.transData.transform(np.c_[at, step_at(time, height, at)])
        for box in found:
            x, y = points.T
            assert not np.any((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1))


def test_svg_carries_words_and_no_date():
    svg = svg_text(draw(plan_of("plain", "os"), theme.FULL), "A <b> title", "Words & more")
    assert "<title>A &lt;b&gt; title</title>" in svg
    assert "<desc>Words &amp; more</desc>" in svg
    assert "<metadata>" not in svg
    assert "<text" not in svg
    inline = inline_svg(svg, "os")
    assert inline.startswith('<svg role="img" aria-labelledby="os-title os-words"')
    assert 'id="os-' in inline
    assert 'href="#os-' in inline


def test_wrap_breaks_at_spaces_then_anywhere_then_ends_in_dots():
    width = text_width("second complete", 8.0)
    assert wrap("second complete remission", 8.0, width) == ("second complete", "remission")
    for line in wrap("x" * 200, 8.0, 20.0):
        assert text_width(line, 8.0) <= 20.0
    assert wrap("one two three four", 8.0, text_width("three", 8.0), 2)[-1].endswith("\u2026")


def test_flow_fills_rows():
    assert flow([4.0, 4.0, 9.0], available=9.0, gap=1.0) == [[0, 1], [2]]
    assert flow([], available=9.0, gap=1.0) == [[]]


def test_step_function_is_read_from_the_right():
    time, height = np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.5, 0.2])
    read = step_at(time, height, np.array([0.0, 0.99, 1.0, 2.0, 2.1]))
    np.testing.assert_array_equal(read, [1.0, 1.0, 0.5, 0.2, np.nan])


def test_words_find_the_corner_no_curve_runs_through():
    curves = plan_of("plain", "os").panels[0].curves
    assert free_corner(curves, 6.0, 1.0, (0.3, 0.1), bands=True) == (0.02, 0.02)
    assert free_corner(curves, 6.0, 1.0, (0.9, 0.9), bands=True) is None
    assert free_corner(curves, 6.0, 1.0, (1.2, 0.1), bands=True) is None


@pytest.mark.parametrize("width", [theme.FULL, theme.COLUMN], ids=["full", "column"])
@pytest.mark.parametrize("names", [("Female", "Male"), ("high", "low"), ("I", "IVb")])
def test_a_short_name_of_a_risk_row_is_never_broken(names, width):
    analysis, values = documents.survival(names=names)
    plan = survival_plan(analysis, Values(values), "transplant")
    assert [label.lines for label in lay_out(plan, width).risk_labels] == [(n,) for n in names]


def test_wrap_keeps_a_word_that_fits_but_for_rounding():
    assert wrap("Female", 7.8, text_width("Female", 7.8) - 1e-12) == ("Female",)


def test_words_on_a_curve_are_found():
    figure = draw(plan_of("plain", "os"), theme.FULL)
    assert covered(figure) == []
    axes = figure.axes[0]
    axes.text(0.0, 0.98, "Words on the curve", transform=axes.transData)
    assert covered(figure) == ["Words on the curve"]
