"""Figures of patients, doses and calendar time: what they show, and that it can be read."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.report.compose import compose
from atrisk.report.document import check_document
from atrisk.report.drawings_events import event_drawings, flow_drawing
from atrisk.report.drawings_flow import flow_plan
from atrisk.report.figures_save import svg_text
from atrisk.report.figures_swimmer import apart, pages
from atrisk.report.kinds import KINDS
from atrisk.report.language import using
from atrisk.report.methods import method_lines
from atrisk.report.methods_text import methods_paragraphs
from atrisk.report.sentences_events import EVENT_PARAGRAPHS
from atrisk.report.theme import COLUMN, FULL
from atrisk.report.values import Values
from events_kit import run_cohort
from report.figure_checks import extents, problems
from study_kit import DEATH, HEAD, run

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.report.drawing import Drawing
    from atrisk.report.theme import Width

ANALYSES = (
    'kind = "swimmer"\nby = "sos"',
    'kind = "swimmer"\nlabels = "record"\nuntil = "60 days"\norder = "ino_dose"',
    'kind = "trajectories"\nby = "sos"\nlabels = "record"',
    'kind = "trajectories"\nmeasure = "bm_blasts"\nresponse = "sos"',
    'kind = "dose_event"\ndose = "ino_dose"\nevent = "sos == 1"\nevent_label = "SOS/VOD"',
    'kind = "schedule"\ngiven = true\n'
    'regimens = ["label-remission", "mdacc-single", "initial-1", "mini-hyper-cvd-blinatumomab"]',
    'kind = "accrual"\non = "ino_start"\nby = "sos"',
    'kind = "accrual"\non = "ino_start"\nby = "sos"\ndisplay = "panels"',
)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("events")
    more = "".join(
        f'\n[[analyses]]\nid = "a{at}"\ntitle = "Analysis {at}"\n{analysis}\n'
        for at, analysis in enumerate(ANALYSES)
    )
    return run_cohort(folder, f'kind = "describe"\nvariables = ["sos"]\n{more}')


def drawn(document: dict[str, Any]) -> list[Drawing]:
    values, made = Values(document["values"]), []
    for analysis in document["analyses"]:
        if analysis["kind"] in EVENT_PARAGRAPHS:
            said = KINDS[analysis["kind"]].paragraphs(analysis, values, "days")
            made += event_drawings(analysis, document["study"], values, said)
    return made


@pytest.mark.parametrize(
    ("width", "language"),
    [(FULL, "en"), (COLUMN, "en"), (COLUMN, "de"), (COLUMN, "it")],
    ids=["full", "column", "german", "italian"],
)
def test_nothing_is_clipped_and_no_words_lie_on_others(
    document: dict[str, Any], width: Width, language: str
) -> None:
    with using(language):
        flow = flow_drawing(document)
        figures = [*drawn(document), *([flow] if flow else [])]
    assert len(figures) == 11
    for figure in figures:
        assert not problems(figure.draw(width)), figure.id


def test_a_figure_can_be_drawn_by_another_process_and_is_the_same_twice(
    document: dict[str, Any],
) -> None:
    for figure in drawn(document)[::2]:
        sent = pickle.loads(pickle.dumps(figure.draw))  # noqa: S301 - made a line above
        one, two = (svg_text(draw(FULL), "t", "w") for draw in (figure.draw, sent))
        assert one == two, figure.id


def test_words_carry_the_numbers(document: dict[str, Any]) -> None:
    words = {figure.id: figure.words for figure in drawn(document)}
    assert "At the end of the bar, 2 were alive and 1 had died." in words["a0_swimmer"]
    assert "SOS/VOD in 1" in words["a0_swimmer"]
    assert "4 measurements of 3 patients" in words["a2_lines"]
    assert "fell in 1 and rose in 1" in words["a3_waterfall"]
    assert "(P\N{NO-BREAK SPACE}>0.999)" in words["a4_doses"]
    assert (
        "MD Anderson phase II, single dose a cycle: 5.2 to 7.2 mg/m² in 4 cycles."
        in words["a5_schedule"]
    )
    assert "From 1 January 2020 to 1 March 2020, 3 patients were enrolled" in words["a6_accrual"]


def test_the_data_of_a_figure_are_its_rows(document: dict[str, Any]) -> None:
    data = {figure.id: list(figure.data) for figure in drawn(document)}
    assert (2, "no", "cycle", 28.0, 36.0, 1.0) in data["a0_swimmer"]
    assert (2, "no", "Transplantation", 91.0, "", "") in data["a0_swimmer"]
    assert ("A", "no", 79.0, 0.01, "negative") in data["a2_lines"]
    assert ("A", "no", 1.0, 0.01, -2.0, True) in data["a2_waterfall"]
    assert (2.8, 0) in data["a4_doses"]
    assert ("INITIAL-1 induction", 1, "", "", "", 1.8, 1.8) in data["a5_schedule"]
    assert ("overall", "2020-03-01", 3) in data["a6_accrual"]
    for rows in data.values():
        assert {len(row) for row in rows} == {len(rows[0])}


def test_bars_that_go_off_the_axis_have_no_end(document: dict[str, Any]) -> None:
    figure = next(one for one in drawn(document) if one.id == "a1_swimmer")
    assert "Bars that reach the right edge go on." in figure.caption
    axes = figure.draw(FULL).axes[0]
    assert max(patch.get_x() + patch.get_width() for patch in axes.patches) <= 61.3
    markers = [line.get_marker() for line in axes.lines]
    assert "x" not in markers
    assert ">" not in markers


def test_many_patients_are_on_pages_of_like_length(tmp_path: Path) -> None:
    rows = ["t,d", *(f"{at},{at % 2}" for at in range(1, 48))]
    toml = HEAD + '[[analyses]]\nid = "a"\ntitle = "A"\nkind = "swimmer"\nbars = "t"\nmost = 20'
    document = run(tmp_path, toml, rows)
    assert [len(page) for page in pages(document["analyses"][0])] == [16, 16, 15]
    figures = drawn(document)
    assert [figure.id for figure in figures] == ["a_swimmer", "a_swimmer_2", "a_swimmer_3"]
    assert figures[1].title == "A: patients 17 to 32"
    numbers = [text for text, _ in extents(figures[1].draw(COLUMN))][:16]
    assert set(numbers) >= {"20", "25"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("swimmer", "Bars"),
        ("trajectories", "Rules of MRD"),
        ("dose_event", "Test"),
        ("schedule", "Regimens"),
        ("accrual", "Date"),
    ],
)
def test_methods_are_named(document: dict[str, Any], kind: str, name: str) -> None:
    analysis = next(node for node in document["analyses"] if node["kind"] == kind)
    assert name in dict(method_lines(analysis, Values(document["values"])))


def test_the_methods_paragraph_names_the_test_of_the_doses(document: dict[str, Any]) -> None:
    said = " ".join(part.plain for part in methods_paragraphs(document))
    assert "with SOS/VOD and without was compared by: Wilcoxon rank-sum test" in said
    assert "by dose have confidence intervals (95%\N{NO-BREAK SPACE}CI) of type Clopper" in said


def test_tables_beside_the_figures(document: dict[str, Any]) -> None:
    values = Values(document["values"])
    tables = {
        table.id: table
        for node in document["analyses"]
        if node["kind"] in EVENT_PARAGRAPHS
        for table in KINDS[node["kind"]].tables(node, values, "days")
    }
    doses = tables["a4_doses"].rows
    assert [row.label for row in doses] == ["SOS/VOD", "No SOS/VOD"]
    assert doses[0].cells[1].plain == "1.8"
    (note,) = tables["a4_doses"].notes
    assert str(note).startswith("P: Wilcoxon rank-sum test")
    assert tables["a5_regimens"].rows[1].cells[1].plain == "5.2 to 7.2"
    assert tables["a5_given"].rows[1].cells[2].plain.startswith("0.8 (")
    reasons = [(row.label, row.cells[0].plain) for row in tables["a2_lines_not_shown"].rows]
    assert reasons == [("Limit of detection not recorded", "1")]
    assert tables["a2_changes_listed"].listing


def test_the_first_page_has_the_doses(document: dict[str, Any]) -> None:
    values = Values(document["values"])
    said = {
        node["kind"]: [p.plain for p in KINDS[node["kind"]].glance(node, values, "days")]
        for node in document["analyses"]
        if node["kind"] in EVENT_PARAGRAPHS
    }
    assert said.pop("dose_event")[0].startswith("Median 1.8 mg/m² with SOS/VOD and ")
    assert not any(said.values())


FLOW = """
[[population]]
exclude = "t > 10"
reason = "A reason of more words than stand side by side in a box on the paper of one column"
[variables.arm]
label = "Arm"
type = "categorical"
[[analyses]]
id = "a"
kind = "survival"
title = "Survival"
endpoint = "os"
by = "arm"
"""


def test_the_flow_goes_from_all_rows_to_those_of_each_analysis(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + DEATH + FLOW, ["t,d,arm", "5,1,x", "8,0,x", "9,1,", "12,0,y"])
    check_document(document)
    plan = flow_plan(document)
    assert plan is not None
    counts = [box.count.replace("\N{NO-BREAK SPACE}", " ") for box in plan.boxes]
    assert counts == ["n = 4", "n = 3"]
    assert [count[-1] for _, count in plan.boxes[0].aside] == ["1"]
    assert [(name, count[-1]) for name, count in plan.analyses] == [("Survival", "2")]
    figure = flow_drawing(document)
    assert figure is not None
    assert ("Survival", 1, 2) in list(figure.data)
    assert "Left out: A reason of more words" in figure.words
    for width in (FULL, COLUMN):
        assert not problems(figure.draw(width))


def test_marks_of_one_day_stand_above_one_another() -> None:
    assert apart([3.0, 1.0, 3.05], 0.1) == [-0.22, 0.0, 0.22]
    assert apart([3.0, 1.0, 3.05], 0.01) == [0.0, 0.0, 0.0]
    assert apart([2.0, 2.0, 2.0], 0.1) == [-0.22, 0.0, 0.22]
    assert apart([], 0.1) == []


def test_the_flow_and_the_text_name_the_same_analyses(tmp_path: Path) -> None:
    toml = """
[variables.age]
label = "Age"
[variables.arm]
label = "Arm"
type = "categorical"
[[analyses]]
id = "all"
kind = "survival"
title = "Survival"
endpoint = "os"
[[analyses]]
id = "cases"
kind = "listing"
title = "Cases"
columns = ["arm"]
where = "arm == 'x'"
[[analyses]]
id = "cox"
kind = "cox"
title = "Risks"
endpoint = "os"
variables = ["age", "arm"]
"""
    rows = ["t,d,arm,age", "5,1,x,20", "8,0,x,31", "9,1,y,", "12,0,y,55", "7,1,y,47", "3,1,x,60"]
    document = run(tmp_path, HEAD + DEATH + toml, rows)
    plan = flow_plan(document)
    assert plan is not None
    listed = [(name, count[-1]) for name, count in plan.analyses]
    smaller = [("Cases", "3"), ("Risks: multivariable model", "5")]
    assert listed[:2] == smaller
    assert listed[2:] == [("Survival", "6")]
    said = [(item.title, item.said.plain) for item in compose(document).smaller]
    assert said == [(name, f"{n} of 6") for name, n in smaller]


def test_no_flow_where_nobody_is_left_out(tmp_path: Path) -> None:
    assert flow_drawing(run(tmp_path)) is None
