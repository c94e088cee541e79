from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from atrisk.report import theme
from atrisk.report.blocks import blocks
from atrisk.report.drawings import drawings
from atrisk.report.figures_calibration import calibration_plan
from atrisk.report.figures_corners import free_corner
from atrisk.report.figures_counts import MOVED
from atrisk.report.figures_forest import _axis_marks, draw_forest, forest_plan
from atrisk.report.figures_layout import lay_out, shown_ticks
from atrisk.report.figures_love import love_plan
from atrisk.report.figures_plan import survival_plan
from atrisk.report.figures_rows import Line, RowsPlan, lay_out_rows
from atrisk.report.figures_save import svg_text
from atrisk.report.figures_schoenfeld import draw_schoenfeld, schoenfeld_plan
from atrisk.report.figures_text import text_width
from atrisk.report.format import EN_DASH, NO_BREAK
from atrisk.report.kinds import kind_of
from atrisk.report.tables_csv import write_data
from atrisk.report.values import Values
from report import documents
from report import documents_models as made
from report.figure_checks import problems

STUDY = documents.document()["study"]
LONG = {
    "group": ("Übermässig lange Bezeichnung der Krankheitsgruppe & mehr", documents.LONG),
    "age": ("Age at the time of the first transplant, years", ()),
}


def drawn(analysis, values):
    found = Values(values)
    paragraphs = kind_of(analysis).paragraphs(analysis, found, "years")
    return {d.id: d for d in drawings(analysis, STUDY, found, paragraphs)}


def crowded():
    terms = LONG | {f"v{n}": (f"Variable {n}", ("No", "Yes")) for n in range(12)}
    return made.model("cox", "multivariable", tuple(terms), of=terms, shift=-4.0)


def many_panels():
    analysis, values = made.cox("many")
    analysis["ph"], found = made.ph("many", more=3)
    return analysis, values | found


ALL = {name: d for analysis, v in made.all_kinds() for name, d in drawn(analysis, v).items()}
ALL |= {f"{name} crowded": d for name, d in drawn(*many_panels()).items()}
NODE, VALUES = crowded()
ALL["crowded"] = drawn({**made.bare_cox()[0], "models": [NODE]}, VALUES)["cox_multivariable_forest"]


def test_every_figure_is_there():
    assert set(ALL) >= {
        "cox_multivariable_forest",
        "cox_selected_forest",
        "cox_schoenfeld",
        "cox_calibration",
        "sos_multivariable_forest",
        "relapse_multivariable_forest",
        "td_transplant",
        "td_gvhd",
        "td_andersen_gill_forest",
        "lm_d100",
        "lm_m6",
        "iptw",
        "iptw_love",
    }
    # one ratio is a sentence, not a figure
    assert "small_multivariable_forest" not in ALL
    assert "iptw_weighted_forest" not in ALL


@pytest.mark.parametrize("width", [theme.FULL, theme.COLUMN], ids=["full", "column"])
@pytest.mark.parametrize("name", ALL)
def test_nothing_is_clipped_and_no_words_overlap(name, width):
    figure = ALL[name].draw(width)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width.millimetres)
    assert problems(figure) == []


@pytest.mark.parametrize("name", ALL)
def test_data_are_a_table_and_words_carry_numbers(name, tmp_path):
    drawing = ALL[name]
    assert len({len(row) for row in drawing.data}) == 1
    assert len(drawing.data) > 2
    path = write_data(drawing.data, tmp_path / "d.csv")
    assert len(path.read_text(encoding="utf-8-sig").splitlines()) == len(drawing.data)
    assert drawing.words.startswith(drawing.caption)
    assert ": ." not in drawing.words, "a label without a number"
    more = drawing.words.removeprefix(drawing.caption)
    assert any(letter.isdigit() for letter in more)


def test_a_forest_plot_prints_what_it_draws():
    analysis, values = made.cox()
    plan = forest_plan(analysis, analysis["models"][1], Values(values))
    lines = {line.label: line for line in plan.rows.lines}
    assert lines["AML low risk"].right == (f"0.90 (0.41{EN_DASH}2.01)", "0.449")
    assert lines["AML low risk"].left[0].replace(NO_BREAK, " ") == "21 / 41"
    assert lines["Disease group"].right == ("", "0.072")
    assert lines["ALL"].right == ("reference", "")
    assert lines["Waiting time (spline, 4 knots)"].right == ("spline", "0.072")
    mark = next(m for m in plan.marks if plan.rows.lines[m.line].label == "AML low risk")
    assert mark.ratio == values["cox.multivariable.group_l1.ratio"]["value"]
    assert [m.reference for m in plan.marks] == [True, False, False, False, True, False]
    assert not any(plan.clipped(mark) for mark in plan.marks)
    rows = list(csv.DictReader(",".join(map(str, row)) for row in ALL[plan.id].data))
    assert float(rows[0]["ratio"]) == mark.ratio


def test_a_forest_plot_counts_the_patients_of_its_own_model():
    analysis, values = made.cox()
    values["cox.multivariable.group_l1.n"] = made.entry(19, "patients")
    values["cox.multivariable.group_l1.events"] = made.entry(7, "events")
    for model, said in zip(analysis["models"], ("21 / 41", "7 / 19"), strict=False):
        plan = forest_plan(analysis, model, Values(values))
        line = next(line for line in plan.rows.lines if line.label == "AML low risk")
        assert line.left[0].replace(NO_BREAK, " ") == said


def test_an_endless_interval_ends_in_an_arrow():
    analysis, values = made.cox()
    prefix = "cox.multivariable.mtx_l1"
    values[f"{prefix}.upper"] = made.entry(1e6, "ratio")
    values[f"{prefix}.lower"] = made.entry(None, "ratio", "no lower end")
    found = Values(values)
    plan = forest_plan(analysis, analysis["models"][1], found)
    last = plan.marks[-1]
    assert plan.beyond(last) == (True, True)
    assert plan.limits[1] < 100.0
    markers = [line.get_marker() for line in draw_forest(plan, theme.FULL).axes[0].get_lines()]
    assert markers.count(">") == markers.count("<") == 1
    assert "An arrow marks" in drawn(analysis, values)[plan.id].caption
    assert "An arrow" not in ALL[plan.id].caption


def test_a_ratio_without_estimate_is_not_drawn():
    analysis, values = made.cox()
    for part in ("ratio", "lower", "upper", "p_value"):
        values[f"cox.multivariable.age.{part}"] = made.entry(None, "ratio", "infinite")
    plan = forest_plan(analysis, analysis["models"][1], Values(values))
    line = next(line for line in plan.rows.lines if line.label == "Age, per 10 years")
    assert line.right == (EN_DASH, EN_DASH)
    assert len(plan.marks) == 5


@pytest.mark.parametrize(
    ("limits", "room", "marks"),
    [
        ((0.15, 6.0), 60.0, [0.2, 0.5, 1.0, 2.0, 5.0]),
        ((0.005, 200.0), 40.0, [0.01, 0.1, 1.0, 10.0, 100.0]),
        ((0.05, 40.0), 30.0, [0.1, 1.0, 10.0]),
        ((1e-9, 1e9), 20.0, [1.0]),
    ],
)
def test_marks_of_a_log_axis_have_room(limits, room, marks):
    assert _axis_marks(limits, room, theme.FULL) == pytest.approx(marks)


def test_real_times_stand_where_their_transform_is():
    analysis, values = made.cox()
    plan = schoenfeld_plan(analysis, Values(values), STUDY)
    plot = analysis["ph"]["plots"][0]
    years = np.array(plot["time"]) / documents.YEAR
    for place, label in plan.ticks:
        assert place == pytest.approx(np.interp(float(label), years, plot["x"]))
    assert plan.x_name == "Years from transplant"
    assert len(plan.ticks) > 4


def test_the_coefficient_of_the_model_is_a_line_across():
    analysis, values = made.cox()
    plan = schoenfeld_plan(analysis, Values(values), STUDY)
    axes = draw_schoenfeld(plan, theme.FULL).axes
    assert len(axes) == 4
    heights = {line.get_ydata()[0] for line in axes[3].get_lines() if len(line.get_ydata()) == 2}
    assert heights == {0.0, analysis["ph"]["plots"][3]["estimate"]}


def test_panels_name_the_p_value_of_their_variable():
    analysis, values = made.cox()
    for plot, term in zip(analysis["ph"]["plots"], ("group", "group_l1", "age", "x"), strict=True):
        plot["term"] = term
    values["cox.ph.age.p_value"] = made.entry(None, "", "aliased")
    panels = schoenfeld_plan(analysis, Values(values), STUDY).panels
    shown = [panel.p.replace(NO_BREAK, " ") for panel in panels]
    assert shown == ["P = 0.210", "P = 0.210", "", ""]


def test_a_residual_far_away_does_not_flatten_the_others():
    analysis, values = made.cox()
    before = schoenfeld_plan(analysis, Values(values), STUDY).panels[0]
    assert not before.beyond
    analysis["ph"]["plots"][0]["residual"][5] = -60.0
    after = schoenfeld_plan(analysis, Values(values), STUDY).panels[0]
    assert after.beyond
    assert after.limits[0] > -5.0
    assert "Triangles" in drawn(analysis, values)["cox_schoenfeld"].caption


def test_a_test_without_a_smooth_is_drawn_by_its_points():
    analysis, values = made.cox()
    for plot in analysis["ph"]["plots"]:
        plot["smooth"] = None
    drawing = drawn(analysis, values)["cox_schoenfeld"]
    drawing.draw(theme.COLUMN)
    assert {row[1] for row in drawing.data[1:]} == {"residual"}


def test_calibration_curves_are_those_of_the_document():
    analysis, _ = made.cox()
    assert [name for name, _, _ in calibration_plan(analysis).curves] == ["Smooth"]
    curve = analysis["calibration"]["curve"]
    curve["corrected"] = [0.9 * height for height in curve["observed"]]
    plan = calibration_plan(analysis)
    assert [name for name, _, _ in plan.curves][1] == "Smooth, corrected for optimism"
    assert plan.x_name == "Predicted disease-free survival at 2 years (%)"
    analysis["calibration"] |= {"curve": None, "quantity": "risk"}
    plan = calibration_plan(analysis)
    assert (plan.curves, plan.x_name) == ((), "Predicted risk at 2 years (%)")


def test_a_love_plot_shows_sizes_and_prints_signs():
    analysis, values = made.weighted()
    plan = love_plan(analysis, Values(values))
    assert plan.before == (0.42, 0.15)
    assert plan.rows.lines[0].right == ("\N{MINUS SIGN}0.42", "0.03")
    assert plan.x_max == 0.5
    values["iptw.balance.age.before"] = made.entry(None, "", "nothing varies")
    assert love_plan(analysis, Values(values)).before == (None, 0.15)


def test_patients_move_between_the_rows_of_numbers_at_risk():
    analysis, values = made.time_dependent()
    block = blocks(analysis)[0]
    plan = survival_plan(block.node, Values(values), "transplant")
    after = [int(count) for count in plan.risk_rows[1].counts]
    assert after[0] == 0
    assert max(after) > 0
    assert plan.risk_rows[2].label == MOVED
    del block.node["risk_table"]["moved"]
    assert len(survival_plan(block.node, Values(values), "transplant").risk_rows) == 2


def test_curves_of_a_landmark_start_there():
    analysis, values = made.landmark()
    plan = survival_plan(blocks(analysis)[0].node, Values(values), "transplant")
    assert plan.start == pytest.approx(100.0 / documents.YEAR)
    assert plan.risk_times[0] >= plan.start
    assert "Dotted vertical line: landmark." in ALL["lm_d100"].caption
    assert "Dotted vertical" not in ALL["td_transplant"].caption
    analysis, values = made.time_dependent()
    analysis["start"] = {"label": "100 days", "value": 100.0}
    assert "Dotted vertical line: start." in drawn(analysis, values)["td_gvhd"].caption


def test_labels_of_a_crowded_time_axis_are_thinned():
    analysis, values = made.landmark()
    analysis["axis"]["per_unit"] = 1.0
    ticks = [200.0 * step for step in range(11)]
    analysis["axis"] |= {"unit": "days", "ticks": ticks, "max": 2000.0}
    plan = survival_plan(blocks(analysis)[0].node, Values(values), "transplant")
    assert shown_ticks(plan, theme.FULL, lay_out(plan, theme.FULL).axes[0]) == tuple(ticks)
    narrow = shown_ticks(plan, theme.COLUMN, lay_out(plan, theme.COLUMN).axes[0])
    assert narrow == tuple(ticks[::2])
    few = replace(plan, ticks=(0.0,))
    assert shown_ticks(few, theme.COLUMN, lay_out(few, theme.COLUMN).axes[0]) == (0.0,)


def test_several_parts_have_low_axes_so_that_two_fit_a_page():
    analysis, values = made.landmark()
    several = [survival_plan(b.node, Values(values), "transplant") for b in blocks(analysis)]
    analysis["landmarks"].pop()
    alone = survival_plan(blocks(analysis)[0].node, Values(values), "transplant")
    heights = [lay_out(plan, theme.FULL).axes[0].height for plan in (*several, alone)]
    assert heights == [theme.FULL.panel_height] * 2 + [theme.FULL.axes_height]


def test_words_keep_clear_of_the_line_of_a_landmark():
    assert free_corner([], 6.0, 1.0, (0.3, 0.1), bands=True) == (0.02, 0.02)
    left, _ = free_corner([], 6.0, 1.0, (0.3, 0.1), bands=True, start=0.5)
    assert left > 0.5


def test_a_selection_that_removed_nothing_is_not_drawn_again():
    analysis, values = made.cox()
    analysis["selection"]["steps"] = []
    found = drawn(analysis, values)
    assert "cox_multivariable_forest" in found
    assert "cox_selected_forest" not in found


def test_a_model_without_any_ratio_has_no_forest_plot():
    analysis, values = made.cox()
    for key in values:
        if key.startswith("cox.selected.") and key.endswith(".ratio"):
            values[key] = made.entry(None, "ratio", "infinite")
    assert "cox_selected_forest" not in drawn(analysis, values)


def test_curves_that_were_not_made_have_no_figure():
    analysis, values = made.time_dependent()
    analysis["exposures"][0] |= {"curves": [], "risk_table": None}
    assert "td_transplant" not in drawn(analysis, values)
    assert "td_gvhd" in drawn(analysis, values)


def test_only_the_list_of_univariable_fits_is_drawn_where_it_is_all():
    analysis, values = made.cox()
    analysis["models"] = analysis["models"][:1]
    assert "cox_univariable_forest" in drawn(analysis, values)


def test_a_heading_runs_over_the_empty_cells_beside_it():
    heading, level = "Transplant within 60 days of the last dose", "Haploidentical or cord blood"
    lines = (
        Line(heading, ("",), ("", ""), bold=True),
        Line("No", ("27 / 58",), ("reference", ""), level=1),
        Line(level, ("31 / 58",), ("1.00 (0.50-2.00)", "0.999"), level=1),
    )
    plan = RowsPlan("Variable", ("Events / patients",), ("HR (95% CI)", "P"), lines)
    full = lay_out_rows(plan, theme.FULL, under=10.0)
    assert full.labels[0] == (heading,)
    assert text_width(heading, theme.FULL.small, "bold") > full.left_edges[0] - text_width(
        "Events / patients", theme.FULL.small, "bold"
    )
    # on narrow paper there are no cells beside it, and the plot keeps its room
    assert len(lay_out_rows(plan, theme.COLUMN, under=10.0).labels[0]) > 1
    # but for what is left of the line of no difference, where it has no mark
    near, far = (lay_out_rows(plan, theme.COLUMN, 10.0, middle=at) for at in (0.0, 0.9))
    assert len(far.labels[0][0]) > len(near.labels[0][0])
    reach = text_width(far.labels[0][0], theme.COLUMN.small, "bold")
    assert far.plot.left < reach < far.plot.left + 0.9 * far.plot.width
    # a level has its count beside it and is broken instead
    long = (*lines[:2], Line(f"{level} from a relative or a bank", ("31 / 58",), ("", ""), level=1))
    assert len(lay_out_rows(replace(plan, lines=long), theme.FULL, under=1.0).labels[2]) > 1


@pytest.mark.parametrize(("many", "drawn_as"), [(3, True), (3000, False)])
def test_very_many_dots_are_a_picture_inside_the_vector_file(monkeypatch, many, drawn_as):
    monkeypatch.setattr(theme, "MANY_POINTS", many)
    analysis, values = made.cox()
    plan = schoenfeld_plan(analysis, Values(values), STUDY)
    svg = svg_text(draw_schoenfeld(plan, theme.FULL), "Title", "Words")
    assert ("<image" in svg) is drawn_as
