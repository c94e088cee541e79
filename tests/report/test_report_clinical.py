from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from atrisk.report import figures_save, write_report
from atrisk.report.description import NumberedTable
from atrisk.report.figures_days import days_plan, draw_days
from atrisk.report.page import view_table
from atrisk.report.sentences_clinical import CLINICAL_PARAGRAPHS, clinical_glance, clinical_lines
from atrisk.report.tables_clinical import CLINICAL_TABLES
from atrisk.report.theme import COLUMN, FULL
from atrisk.report.values import Values
from report import documents
from report import documents_clinical as made
from report.test_report import page_of

DASH = "\N{EN DASH}"


@pytest.fixture(scope="module", autouse=True)
def _coarse_pictures():
    """Draw PNG files coarsely: their content is looked at elsewhere."""
    patch = pytest.MonkeyPatch()
    patch.setattr(figures_save, "_PNG_DPI", 20)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinical")
    document = documents.document(made.response(), made.sos(), made.dose(deviations=45))
    return document, folder, write_report(document, folder)


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def tables(made_of):
    node, values = made_of
    return {table.id: table for table in CLINICAL_TABLES[node["kind"]](node, Values(values))}


def cells(table):
    return {row.label: [cell.plain for cell in row.cells] for row in table.rows}


def said(made_of):
    node, values = made_of
    return [p.plain for p in CLINICAL_PARAGRAPHS[node["kind"]](node, Values(values).in_words())]


def glance(made_of):
    node, values = made_of
    return [p.plain for p in clinical_glance(node, Values(values))]


def test_the_page_is_whole(report):
    document, folder, paths = report
    page = page_of(folder)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert sorted(paths) == sorted(path for path in folder.rglob("*") if path.is_file())
    assert all(page.leads(link, folder) for link in page.links)
    for key in page.keys:
        assert key in document["values"] or key.startswith("population.")


def test_text_from_outside_is_escaped(report):
    _, folder, _ = report
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "dose &lt;below&gt; the label" in text
    for raw in ("<why>", "<below>", "<label>", "<note>", "<sos>"):
        assert raw not in text


def test_the_same_document_gives_the_same_bytes(report, tmp_path):
    document, folder, first = report
    second = write_report(json.loads(json.dumps(document, sort_keys=True)), tmp_path)
    for one, other in zip(first, second, strict=True):
        assert one.relative_to(folder) == other.relative_to(tmp_path)
        assert one.read_bytes() == other.read_bytes(), one.name


def test_calls_are_crossed():
    table = tables(made.response())["resp_calls"]
    assert [head.plain for head in table.columns] == ["CRp", "Unclassified", "Cannot say", "All"]
    assert table.spanned() == ("Label", "Label", "Label", "")
    assert cells(table) == {
        "CRi": ["8", "2", "42", "52"],
        "Not called": ["0", "0", "1", "1"],
        "All": ["8", "2", "43", "53"],
    }
    assert table.notes == (
        "Calls that agree: CRi with CRp.",
        "Unclassified: all that is asked for is recorded, and no rule of the set fits.",
    )


def test_reasons_and_what_is_missing():
    found = tables(made.response())
    assert cells(found["resp_reasons"]) == {"CRi": ["unclassified", "Label: why", "2"]}
    assert cells(found["resp_missing"]) == {
        "Label": ["43", DASH],
        "Neutrophils": ["43", "asked for"],
        "MRD": ["3", "no field"],
    }
    assert cells(found["resp_differing"])["P02"] == [
        DASH,
        "CRi",
        "unclassified",
        "Label: <why>",
        "platelets 60",
        "response.csv line 3",
    ]


def test_a_long_list_is_cut_on_the_page_and_whole_in_its_file(report):
    _, folder, _ = report
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "The first 40 of 43; the CSV file lists all." in page
    assert "The first 40 of 45; the CSV file lists all." in page
    assert len(read_csv(folder / "tables" / "resp_undecided_printed.csv")) == 44
    assert len(read_csv(folder / "tables" / "dose_listed_printed.csv")) == 46
    assert not (folder / "tables" / "dose_listed.csv").exists()
    assert page.count("ino_cycle.csv line") == 40


def test_a_record_and_a_date_stay_on_one_line():
    html = view_table(NumberedTable(tables(made.response())["resp_differing"], 1)).html
    assert '<span class="label nb level0">P01</span>' in html
    assert '<span class="nb">2020-01-02</span>' in html


def test_an_analysis_in_which_all_agree_has_one_table():
    node, values = made.response(undecided=0)
    node |= {"reasons": [], "missing": [], "differing": []}
    assert list(tables((node, values))) == ["resp_calls"]


def test_how_often_two_judges_agree_is_said():
    assert said(made.response()) == [
        "53 assessments of 50 patients counted (all of them). The centre and the label both judged"
        " 10: they agreed on 8 (80.0%) and differed on 2, in 2 patients.",
        "43 were not judged by both: the centre made no call in 1 and the label cannot judge in 43"
        " (missing: neutrophils in 43 and MRD in 3).",
    ]
    assert len(said(made.response(undecided=0))) == 1
    assert glance(made.response()) == [
        "the centre and the label agree on 8 (80.0%) of 10 assessments that both judge; 43 not"
        " judged by both."
    ]


def test_criteria_stand_side_by_side():
    table = tables(made.sos())["sos_criteria"]
    assert cells(table) == {
        "One, early": [f"0{DASH}21", "4", "14", "2", f"11.5 (9{DASH}14)"],
        "One, late": ["from 22", "0", "0", "20", DASH],
        "Three": ["from 0", "1", "19", "0", "11.5"],
    }
    assert "Of 20 patients transplanted after INO." in table.notes[0]


def test_criteria_beside_the_centre():
    table = tables(made.sos())["sos_agreement"]
    assert cells(table) == {
        "One, early": ["4", "1", "2", "4", "1", "2", "18", "15 (90.0%)"],
        "One, late": ["0", "1", "20", "0", "1", "20", "18", "15"],
        "Three": ["1", "1", "0", "1", "1", "0", "18", "15 (90.0%)"],
    }
    assert table.spans[0] == ("With the centre’s diagnosis (n = 5)", 3)  # noqa: RUF001
    assert table.notes[-1] == "Of 1 the centre entered neither."


def test_patients_and_their_days():
    table = tables(made.sos())["sos_patients"]
    assert table.title.endswith("patients with the centre’s diagnosis or criteria that were met")  # noqa: RUF001
    assert table.spans == (("Centre", 2), ("One", 2), ("", 1), ("", 1))
    assert [head.plain for head in table.columns] == [
        "Day", "Grade", "Early", "Late", "Three", "Missing",
    ]  # fmt: skip
    assert cells(table) == {
        "P00": ["12", DASH, "12", "?", "12", "bilirubin, work-up from day 22 on"],
        "P01": ["30", "3", "no", "25", "30", DASH],
        "P02": [DASH, "3", "9", "22", "9", DASH],
    }


def test_who_met_which_criteria_is_said():
    assert said(made.sos()) == [
        "Of 20 patients transplanted after INO, 5 had the centre’s diagnosis of SOS/VOD, 14 had"  # noqa: RUF001
        " none and of 1 nothing was entered; 2 had no day of work-up. Patients who met the"
        " criteria: One, early 4 [day 11.5 (9–14), cannot say in 2]; One, late 0 [cannot say in"  # noqa: RUF001
        " 20]; Three 1 [day 11.5]."
    ]


def test_each_mark_stands_on_its_day():
    node, _ = made.sos()
    plan = days_plan(node)
    assert plan.series == ("Centre’s diagnosis", "One, early", "One, late", "Three")  # noqa: RUF001
    found = {label: [(m.series, m.day) for m in marks] for label, marks in plan.patients}
    assert found == {
        "P00": [(0, 12), (1, 12), (3, 12)],
        "P01": [(0, 30), (2, 25), (3, 30)],
        "P02": [(1, 9), (2, 22), (3, 9)],
    }
    assert (plan.window, plan.x_max) == (21, 1.05 * 30)


@pytest.mark.parametrize("width", [FULL, COLUMN])
def test_marks_of_one_day_do_not_cover_each_other(width):
    node, _ = made.sos()
    (axes,) = draw_days(days_plan(node), width).axes
    marks = [line for line in axes.lines if line.get_marker() not in {"None", "", None}]
    places = [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in marks]
    assert len(places) == 7
    assert sorted({x for x, _ in places}) == [9, 12, 22, 25, 30]
    for x in {x for x, _ in places}:
        rows = sorted(y for at, y in places if at == x)
        assert all(np.diff(rows) > 0.4 * width.row)


def test_the_figure_has_its_data_and_its_words(report):
    _, folder, _ = report
    rows = read_csv(folder / "tables" / "sos_days.csv")
    assert [row[:5] for row in rows] == [
        ["record", "centre", "set-one", "set-two", "set-three"],
        ["P00", "12", "12", "", "12"],
        ["P01", "30", "", "25", "30"],
        ["P02", "", "9", "22", "9"],
    ]
    svg = (folder / "figures" / "sos_days.svg").read_text(encoding="utf-8")
    assert "P01: Centre’s diagnosis day 30, One, late day 25, Three day 30." in svg  # noqa: RUF001
    assert "Dotted line: day 21" in svg


def test_a_figure_of_many_patients_shows_the_first(tmp_path):
    node, values = made.sos(patients=50)
    assert len(days_plan(node).patients) == 40
    write_report(documents.document((node, values)), tmp_path)
    assert "The first 40 of 50 patients." in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(read_csv(tmp_path / "tables" / "sos_days.csv")) == 51


def test_nobody_listed_has_no_figure(tmp_path):
    node, values = made.sos(patients=0)
    paths = write_report(documents.document((node, values)), tmp_path)
    assert not [path for path in paths if path.suffix == ".svg"]
    assert "sos_patients" not in tables((node, values))


def test_deviations_by_kind_and_by_record():
    found = tables(made.dose())
    assert cells(found["dose_kinds"]) == {
        "Dose below the label": ["3", "2", "1 (10.0%)"],
        "Dose above": ["0", "0", "0 (0.0%)"],
        "Cycle longer": ["5", "5", "4 (40.0%)"],
        "Any of these": ["8", "7", "5 (50.0%)"],
    }
    assert found["dose_kinds"].notes == ("Of 60 doses in 20 cycles of 10 patients.",)
    assert cells(found["dose_listed"])["P01"] == [
        "2", "day 8", "dose <below> the label", "0.4 mg/m²", "0.5 mg/m²", "ino_cycle.csv line 1",
    ]  # fmt: skip
    assert cells(found["dose_unjudged"]) == {"P09": ["2", "a dose is not known"]}


def test_deviations_are_said():
    assert said(made.dose()) == [
        "10 patients received 60 doses of INO in 20 cycles before the transplantation. 8 deviations"
        " from the label: in 7 cycles of 5 patients (50.0%). Most frequent: cycle longer 5 and dose"
        " below the label 3.",
        "Cycles that could not be judged in full: 1 as a dose has no date and 2 as a dose is not"
        " known.",
    ]
    assert glance(made.dose()) == [
        "8 deviations from the label in 60 doses: in 5 patients (50.0%)."
    ]


def test_rules_are_named_with_their_sources():
    lines = dict(clinical_lines(made.response()[0]))
    assert lines["Compared"] == "the centre beside the label"
    assert lines["Label"] == "The <label>; A label, 2024; no partial remission"
    lines = dict(clinical_lines(made.sos()[0]))
    assert lines["One, early"] == "2 of (liver, ascites); from day 0 to 21. Source of one"
    assert lines["One, late"].endswith(
        "from day 22 on; findings with another cause do not count. Source of two"
    )
    lines = dict(clinical_lines(made.dose()[0]))
    assert lines["Label"] == "cycle 1: 0.8; later: 0.5"
    assert lines["Source"] == "A label, 2024"
