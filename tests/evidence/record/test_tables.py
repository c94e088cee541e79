"""Tables 1 to 4 of the review, cell by cell; regimens, endpoints, documents, the timeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from atrisk.errors import InputError
from atrisk.evidence.record import Filters, load_record, record_rows, selected
from atrisk.evidence.record.document import record_document, record_schema, study_document
from atrisk.evidence.record.review import REVIEW, review_table
from atrisk.evidence.record.tables import endpoint_table, number_text, regimen_table
from atrisk.evidence.record.timeline import load_timeline, timeline_document

RECORD = load_record()

# typed from the paper
_PRINTED = Path(__file__).with_name("review-tables.txt").read_text(encoding="utf-8")
PRINTED = {
    int(lines[0]): [line.split("|") for line in lines[1:]]
    for lines in (part.strip().splitlines() for part in _PRINTED.split("\nTable ")[1:])
}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_tables_of_the_review_are_rebuilt_cell_by_cell(number):
    made = review_table(RECORD.studies, number)
    width = len(REVIEW[number].columns)
    shown = [row[:width] for row in (made["columns"], *made["rows"])]
    assert shown == PRINTED[number]
    assert len(made["rows"]) == {1: 3, 2: 4, 3: 7, 4: 4}[number]


def test_tables_of_doses_say_what_the_schedule_adds_up_to():
    added = {row[0][:9]: row[-1] for row in review_table(RECORD.studies, 1)["rows"]}
    assert added == {"Kantarjia": "9.3", "Deangelo ": "9.8"}
    older = [row[-1] for row in review_table(RECORD.studies, 4)["rows"]]
    assert older == ["not known", "not known", "4.8", "3.3"]


def test_a_table_of_the_review_can_be_filtered():
    made = review_table(selected(RECORD.studies, Filters(ph="positive")), 3)
    assert made["studies"] == ["nct04747912"]


def test_a_printed_cumulative_dose_that_does_not_add_up_is_flagged():
    study = RECORD.study("nguyen-2023")
    assert [row[-3:] for row in regimen_table([study])["rows"]] == [["2.4", "2.4", "yes"]]
    wrong = study.regimens[0].model_copy(update={"cumulative": "2.7"})
    made = regimen_table([study.model_copy(update={"regimens": (wrong,)})])
    assert [row[-3:] for row in made["rows"]] == [["2.4", "2.7", "NO"]]


def test_a_regimen_is_listed_once_a_trial():
    rows = regimen_table(RECORD.studies)["rows"]
    assert [row[0] for row in rows if row[1] == "INO, label doses"] == [
        "INO-VATE 2019 (final)",
        "Kayser 2022",
        "Kayser 2024",
    ]
    assert not any(row[1] == "Chemotherapy" for row in rows)


def test_the_table_of_an_endpoint_says_what_was_left_out():
    made = endpoint_table(record_rows(RECORD, "sos_vod", filters=Filters(line="salvage")))
    rows = {row[0]: row for row in made["rows"]}
    assert rows["DeAngelo 2017"][2:5] == ["6%", "4/72", "printed"]
    assert any(note.startswith("ino-vate-2016 is left out") for note in made["notes"])
    assert any("ino-transplanted: 23% is printed without" in note for note in made["notes"])


def test_numbers_are_written_as_printed():
    def text(study, **wanted):
        return [
            number_text(number)
            for number in RECORD.study(study).numbers
            if all(getattr(number, key) == value for key, value in wanted.items())
        ]

    assert text("deangelo-2017", endpoint="pfs_median") == ["3.9 months (95% CI 2.9 to 5.4)"]
    assert text("deangelo-2017", endpoint="age_median") == ["45 years (range 20 to 79)"]
    assert text("ino-vate-2019", endpoint="os_hr") == ["0.75 (97.5% CI 0.57 to 0.99), P = 0.0105"]
    assert text("ino-vate-2016", endpoint="pfs_median", arm="ino") == ["5.0 months, P <0.001"]
    assert text("metheny-2024", endpoint="sos_vod") == ["no of 18"]
    assert text("ino-vate-2015", endpoint="sos_vod_fatal") == ["2 patients"]


def test_the_document_holds_everything_and_is_json():
    document = record_document(RECORD)
    assert document["schema"] == "atrisk-record/1"
    assert json.loads(json.dumps(document)) == document
    assert [made["id"] for made in document["tables"]] == [
        "studies", "regimens", "table-1", "table-2", "table-3", "table-4",
    ]  # fmt: skip
    rows = sum(len(study["numbers"]["rows"]) for study in document["studies"])
    assert rows == sum(len(study.numbers) for study in RECORD.studies)
    assert document["filters"] == {}


def test_the_document_of_a_part_names_its_filters():
    document = record_document(RECORD, Filters(line="mrd", max_dose=4.0))
    assert document["filters"] == {"line": "mrd", "max_dose": 4.0}
    assert [study["id"] for study in document["studies"]] == ["jabbour-2024-mrd"]


def test_one_study():
    shown = study_document(RECORD, "kayser-2022")
    assert shown["facts"]["Treated"] == "2015 and 2021"
    assert shown["overlaps"][0]["study"] == "kayser-2024"
    with pytest.raises(InputError, match="there is no study"):
        study_document(RECORD, "kayser-2021")


def test_the_schema_names_the_vocabularies():
    schema = json.dumps(record_schema())
    assert '"sos_vod_post_hct"' in schema
    assert '"partly_overlaps"' in schema


def test_the_timeline_is_in_the_order_of_dates_and_quotes_each():
    document = timeline_document(load_timeline())
    years = [event["year"] for event in document["events"]]
    assert years == sorted(years)
    assert (years[0], years[-1], len(years)) == (2004, 2024, 30)
    by_label = {event["label"]: event for event in document["events"]}
    approved = by_label["Approved in the United States for relapsed or refractory disease"]
    assert (approved["when"], approved["kind_label"]) == ("Aug 2017", "Approval")
    assert by_label["INO-VATE randomises 326 patients"]["when"] == "27 Aug 2012 to 4 Jan 2015"
    for event in document["events"]:
        assert str(event["year"]) in event["quote"]
        assert event["study"] is None or RECORD.study(event["study"])


def test_a_file_of_events_is_checked(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('title = "x"\n[[events]]\ndate = "17"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"own.toml, line 3, \[\[events\]\] number 1, date"):
        load_timeline(file)
