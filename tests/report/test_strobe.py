from __future__ import annotations

from dataclasses import replace

import pytest

from atrisk.report.compose import compose
from atrisk.report.language import using
from atrisk.report.strobe import checklist, strobe_items, strobe_table
from report import documents
from report import documents_models as made

IDS = (
    "1a 1b 2 3 4 5 6a 6b 7 8 9 10 11 12a 12b 12c 12d 12e 13a 13b 13c 14a 14b 14c 15 16a 16b 16c 17"
    " 18 19 20 21 22"
)


def items(document):
    return {item.id: item for item in strobe_items(compose(document), document)}


def test_every_item_of_the_statement_is_there_once():
    assert [item["id"] for part in checklist() for item in part["items"]] == IDS.split()


def test_a_report_names_only_what_it_holds():
    found = items(documents.document(documents.survival()))
    assert [place.anchor for place in found["14c"].places] == ["os"]
    assert found["13a"].places[0].anchor == "population-section"
    for absent in ("12b", "14a", "14b", "16a", "13b", "13c", "8", "5"):
        assert found[absent].places == (), absent
        assert found[absent].authors


def test_what_the_document_holds_is_found():
    document = documents.document(
        documents.described(), documents.survival(follow_up=False), made.cox(), made.landmark()
    )
    document["population"]["exclusions"] = [
        {"id": "young", "reason": "Younger than 18", "rows": 1, "remaining": 3}
    ]
    found = items(document)
    assert found["14c"].places == ()
    assert [place.anchor for place in found["16a"].places] == ["cox"]
    assert [place.anchor for place in found["17"].places] == ["lm"]
    assert [place.table for place in found["14a"].places] == [1]
    assert found["14a"].places == found["14b"].places
    assert found["13b"].places[0].anchor == "population-section"
    flow = "population-section" if compose(document).flow_figure is None else "figure-flow"
    for item in ("13a", "13b", "13c"):
        assert flow in [place.anchor for place in found[item].places], item
    assert found["6a"].authors
    assert not found["13a"].authors


@pytest.mark.parametrize("item", ["1a", "3", "10", "18", "20", "21", "22"])
def test_what_no_report_can_hold_is_left_to_the_authors(item):
    found = items(documents.crowded())[item]
    assert found.places == ()
    assert found.authors


def test_the_table_says_where():
    document = documents.document(
        documents.described(), documents.survival(), documents.incidence()
    )
    report = compose(document)
    rows = {row.label: row for row in strobe_table(report, document).rows}
    assert rows["Methods"].heading
    assert rows["14a"].cells[1].plain == "Table 1"
    assert rows["16c"].cells[1].plain.startswith("Table")
    assert rows["22"].cells[1].plain == "To be written by the authors"
    assert rows["7"].cells[1].plain == "Methods; the rest is to be written by the authors"


def test_tables_in_a_row_are_a_range():
    document = documents.document(*(documents.described(f"t{n}") for n in range(3)))
    report = compose(document)
    rows = {row.label: row for row in strobe_table(report, document).rows}
    assert rows["14a"].cells[1].plain == "Tables 1\N{EN DASH}3"
    first, _, last = report.sections
    fewer = strobe_table(replace(report, sections=(first, last)), document)
    (cells,) = (row.cells for row in fewer.rows if row.label == "14a")
    assert cells[1].plain == "Tables 1 and 3"


def test_every_anchor_is_a_part_of_the_report():
    document = documents.crowded()
    report = compose(document)
    anchors = {place.anchor for item in strobe_items(report, document) for place in item.places}
    assert anchors
    sections = {section.id for section in report.sections}
    tables = {f"box-{shown.id}" for shown in report.tables()}
    figures = {f"figure-{figure.id}" for figure in report.figures()}
    assert anchors <= sections | tables | figures | {
        "methods",
        "population-section",
        "data-section",
        "guard-rails",
    }


@pytest.mark.parametrize("language", ["de", "it"])
def test_the_checklist_is_translated(language):
    document = documents.crowded()
    english = {item.text for item in strobe_items(compose(document), document)}
    with using(language):
        found = strobe_items(compose(document), document)
        table = strobe_table(compose(document), document)
    assert not english & {item.text for item in found}
    assert not english & {cell.plain for row in table.rows for cell in row.cells}
