"""The page, figures and tables of a pool."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

import pytest

from atrisk.report import pool_forest
from atrisk.report.pool import write_pool
from atrisk.report.pool_drawings import pool_drawings
from atrisk.report.pool_forest import Mark, axis_marks, linear_limits, log_limits
from atrisk.report.pool_forest_plan import forest_plan
from atrisk.report.pool_funnel import funnel_plan
from atrisk.report.pool_tables import pool_tables
from atrisk.report.pool_text import method_lines, pooled_sentences
from atrisk.report.theme import COLUMN, FULL
from pool_kit import DOSED, GROUPED, PLAIN, RATIOS, SURVIVAL, pooled

if TYPE_CHECKING:
    from pathlib import Path

OWN = '[own]\nlabel = "Mine & ours"\nevents = 12\ntotal = 40\n'
ALL = "leave_one_out = true\nfunnel = true\n"


def test_the_folder_holds_the_page_figures_and_tables(tmp_path):
    document = pooled(tmp_path, DOSED, f'moderators = ["dose"]\n{ALL}', OWN)
    out = tmp_path / "out"
    out.mkdir()
    write_pool(document, out)
    figures = {path.name for path in (out / "figures").iterdir()}
    names = [
        f"{name}{width}" for name in ("forest", "bubble", "funnel") for width in ("", "_column")
    ]
    assert figures == {f"{name}.{kind}" for name in names for kind in ("svg", "pdf", "png")}
    assert json.loads((out / "pool.json").read_text("utf-8")) == document
    tables = {path.stem for path in (out / "tables").iterdir()}
    assert tables == {
        "studies", "pooled", "leave_one_out", "funnel", "coefficients", "regression_line", "own",
    }  # fmt: skip
    rows = list(csv.DictReader((out / "tables" / "studies.csv").read_text("utf-8").splitlines()))
    assert [float(row["estimate"]) for row in rows] == [s["estimate"] for s in document["studies"]]
    assert rows[0]["dose"] == "9.3"


def test_the_page_says_what_was_done_and_escapes_what_others_wrote(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    document = pooled(tmp_path, PLAIN, f'{ALL}method = "logit"\ninfluence = true', OWN)
    write_pool(document, out)
    page = (out / "pool.html").read_text("utf-8")
    for said in (
        "inverse-variance model of log odds", "Q-profile", "restricted maximum likelihood",
        "Hartung, Knapp, Sidik and Jonkman", "Higgins, Thompson and Spiegelhalter", "5 studies",
        "Influence of each study", "the cohort lies within", "Mine &amp; ours",
    ):  # fmt: skip
        assert said in page, said
    assert "Mine & ours" not in page
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL).lower().split()
    assert page.count("<svg") == 4


def test_the_same_document_gives_the_same_bytes(tmp_path):
    document = pooled(tmp_path, GROUPED, f'subgroup = "Regimen"\n{ALL}', OWN)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        write_pool(document, folder)

    def content(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    assert content(folders[0]) == content(folders[1])


def test_the_forest_has_a_line_for_each_row_group_pool_prediction_and_cohort(tmp_path):
    plan = forest_plan(pooled(tmp_path, GROUPED, 'subgroup = "Regimen"', OWN))
    labels = [line.label for line in plan.wide.lines]
    assert labels == [
        "x", "A", "D", "E", "Pooled", "y", "B", "C", "Pooled", "Pooled", "Prediction interval",
        "Expected in 40 patients", "Mine & ours",
    ]  # fmt: skip
    kinds = [mark.kind for mark in plan.marks]
    assert kinds.count("study") == 5
    assert kinds[-4:] == ["pooled", "expected", "expected", "own"]
    assert plan.wide.lines[1].left == ("18\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}79",)
    assert plan.wide.lines[1].right[0] == "22.8 (14.1\N{EN DASH}33.6)"
    assert plan.narrow.lines[1].label == "A, 18\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}79"
    assert max(mark.share for mark in plan.marks if mark.kind == "study") == 1.0
    assert (plan.scale, plan.limits[0]) == ("linear", 0.0)


def test_a_forest_of_ratios_has_a_log_axis(tmp_path):
    keys = 'measure = "ratio"\nratio_name = "Hazard ratio"\nconf_level = 0.9'
    document = pooled(tmp_path, RATIOS, keys)
    plan = forest_plan(document)
    assert (plan.scale, plan.axis) == ("log", "An outcome: hazard ratio (log scale)")
    assert plan.wide.right_heads[0] == "Hazard ratio\n(90% CI)"
    assert plan.wide.left_heads == ()
    assert plan.middle == document["pooled"]["estimate"]
    unnamed = pooled(tmp_path, RATIOS, 'measure = "ratio"')
    assert forest_plan(unnamed).axis == "An outcome: ratio (log scale)"
    short = pooled(tmp_path, RATIOS, 'measure = "ratio"\nratio_name = "HR"')
    assert forest_plan(short).axis == "An outcome: HR (log scale)"


def test_the_axis_ends_after_the_intervals_and_its_labels_do_not_meet():
    marks = [Mark(0, "study", 80.0, 68.0, 93.0)]
    assert linear_limits(marks) == (65.0, 95.0)
    assert linear_limits([Mark(0, "study", 99.0, 60.0, 100.0)])[1] == 100.0
    low, high = log_limits([Mark(0, "study", 2.0, 1.5, 3.0)])
    assert low < 1.0
    assert high > 3.0
    assert axis_marks((0.0, 10.0), 60.0, FULL, "linear")[-1] == 10.0
    assert len(axis_marks((0.0, 100.0), 25.0, COLUMN, "linear")) <= 5
    assert 1.0 in axis_marks((0.4, 2.4), 60.0, FULL, "log")
    assert axis_marks((1.1, 1.2), 60.0, FULL, "log")[:2] == [1.1, 1.12]


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        (PLAIN, ALL),
        (DOSED, f'moderators = ["dose"]\n{ALL}'),
        (RATIOS, f'measure = "ratio"\n{ALL}'),
        (SURVIVAL, f'measure = "survival"\nrequire_symmetry = false\n{ALL}'),
        (PLAIN, f'method = "double_arcsine"\n{ALL}'),
        (PLAIN, f'method = "arcsine"\n{ALL}'),
    ],
)
def test_nothing_in_a_figure_is_beyond_its_paper_and_words_carry_the_numbers(tmp_path, rows, keys):
    document = pooled(tmp_path, rows, keys)
    for drawing in pool_drawings(document):
        for width in (FULL, COLUMN):
            figure = drawing.draw(width)
            figure.canvas.draw()
            paper = figure.bbox
            for text in (*figure.texts, *(t for axes in figure.axes for t in axes.texts)):
                box = text.get_window_extent()
                assert paper.x0 <= box.x0, (drawing.id, text.get_text())
                assert box.x1 <= paper.x1, (drawing.id, text.get_text())
                assert paper.y0 <= box.y0, (drawing.id, text.get_text())
        assert drawing.words
    forest = next(iter(pool_drawings(document)))
    for row in document["studies"]:
        assert row["label"] in forest.words
    assert "weight" in forest.words


def test_the_funnel_has_lines_of_chance_only_on_standard_errors(tmp_path):
    counts = funnel_plan(pooled(tmp_path, PLAIN, ALL))
    assert (counts.quantile, counts.y_name) == (None, "Patients")
    assert {label for _, label in counts.y_ticks} >= {"30", "100"}
    ratios = funnel_plan(pooled(tmp_path, RATIOS, f'measure = "ratio"\n{ALL}'))
    assert (ratios.quantile, ratios.y_name) == (pytest.approx(1.96, abs=0.001), "Standard error")


def test_sentences_say_interval_rule_and_where_the_cohort_lies(tmp_path):
    said = list(pooled_sentences(pooled(tmp_path, PLAIN, 'prediction = "t, k-1"', OWN)))
    assert said[0].startswith("An outcome: 21.5% (95% CI, 13.5% to 27.5%) in 5 studies, 48 of 223")
    assert "I\N{SUPERSCRIPT TWO} = 0.0% (95% CI, 0.0% to 81.4%)" in said[1]
    assert "t with k \N{MINUS SIGN} 1 degrees of freedom, here 4" in said[2]
    assert said[3] == "Mine & ours: 12 of 40, 30.0% (95% CI, 16.6% to 46.5%)."
    assert said[4].startswith("In a further cohort of 40 patients, ")
    two = "[[studies]]".join(PLAIN.split("[[studies]]")[:3])
    assert "too few studies" in list(pooled_sentences(pooled(tmp_path, two)))[2]
    fixed = list(pooled_sentences(pooled(tmp_path, PLAIN, 'tau2 = "fixed"')))
    assert fixed[1].startswith("No variance between studies was allowed for")


def test_the_cohort_is_predicted_at_its_dose_and_the_sentence_says_so(tmp_path):
    keys = 'moderators = ["dose"]'
    at = pooled(tmp_path, DOSED, keys, f"{OWN}moderators = {{ dose = 9.0 }}")
    assert "patients (at dose 9), " in list(pooled_sentences(at))[4]
    means = pooled(tmp_path, DOSED, keys, OWN)
    assert "(at the means of the moderators)" in list(pooled_sentences(means))[4]


def test_methods_are_named(tmp_path):
    glmm = dict(method_lines(pooled(tmp_path, PLAIN, "quadrature = 51")))
    assert "with 51 nodes; no correction of empty cells" in glmm["Method"]
    assert glmm["Interval of the pooled value"] == "profile likelihood"
    ratio = dict(method_lines(pooled(tmp_path, RATIOS, 'measure = "ratio"\ntau2 = "dl"')))
    assert ratio["Variance between studies"] == "DerSimonian and Laird"
    assert ratio["Standard errors"] == "from the printed 95% limits, logarithm scale"


def test_tables_that_were_not_asked_for_are_not_there(tmp_path):
    assert set(pool_tables(pooled(tmp_path))) == {"studies"}
    table = pool_tables(pooled(tmp_path, DOSED, 'moderators = ["dose"]'))["coefficients"]
    assert [row[0] for row in table.rows] == ["Intercept", "dose"]
    assert table.heads[2] == "Odds ratio a unit"


def test_a_study_that_is_empty_is_drawn(tmp_path):
    rows = PLAIN.replace("events = 2\n", "events = 0\n")
    plan = forest_plan(pooled(tmp_path, rows))
    assert plan.marks[1].estimate == 0.0
    figure = pool_forest.draw_pool_forest(plan, FULL)
    assert figure.axes[0].get_xlim()[0] == 0.0
