"""REDCap's EAV export: lines to rows of forms, and back."""

from __future__ import annotations

import pytest

from atrisk.study.forms.write_eav import records_to_eav
from atrisk.study.forms.write_flat import records_to_flat
from intake_kit import counted, read, rejections, texts

HEADER = "record,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n"
LINES = """\
7,,,record_id,7
7,,,sex,1
7,,,seen,2020-01-05
7,,,weight,70.50
7,,,sites,1
7,,,sites,-3
7,,,visit_complete,2
7,,,last,2021-02
7,,,end_complete,2
7,labs,1,lab_date,2020-01-06
7,labs,1,flags,2
7,labs,1,labs_complete,0
7,labs,3,bilirubin,UNK
5,,,record_id,5
5,,,visit_complete,0
"""


def test_lines_become_rows_of_forms(tmp_path) -> None:
    records = read(tmp_path, {"eav.csv": HEADER + LINES}, layout="eav")
    assert records.rejected == ()
    assert records.ids == ("7", "5")
    assert {form: table.rows for form, table in records.tables.items()} == {
        "visit": 2,
        "labs": 2,
        "end": 1,
    }
    assert texts(records, "visit", "sites___1") == ["1", "0"]
    assert texts(records, "visit", "sites____3") == ["1", "0"]
    assert texts(records, "labs", "flags___2") == ["1", "0"]
    assert texts(records, "labs", "bilirubin") == ["<blank>", "<UNK>"]
    assert records.tables["labs"].instance.tolist() == [1, 3]
    assert texts(records, "end", "last") == ["2021-02-15"]
    assert (records.files[0].rows, records.files[0].kept) == (15, 15)


def test_an_eav_export_is_written_back_byte_for_byte(tmp_path) -> None:
    content = (HEADER + LINES).encode()
    records = read(tmp_path, {"eav.csv": content}, layout="eav")
    assert records_to_eav(records) == content


def test_flat_and_eav_give_the_same_tables(tmp_path) -> None:
    records = read(tmp_path, {"eav.csv": HEADER + LINES}, layout="eav")
    flat = records_to_flat(records)
    again = read(tmp_path / "b", {"flat.csv": flat}, layout="flat")
    assert records_to_eav(again) == records_to_eav(records)
    assert records_to_flat(again) == flat


def test_events_and_groups_of_lines(tmp_path) -> None:
    content = (
        "record,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n"
        "1,start,,,record_id,1\n1,start,,,redcap_data_access_group,ulm\n1,start,,,sex,1\n"
        "1,end,,,record_id,1\n1,end,,,alive,1\n"
        "2,start,,,record_id,2\n2,start,,,redcap_data_access_group,bonn\n2,start,,,sex,2\n"
    )
    records = read(tmp_path, {"eav.csv": content}, layout="eav")
    assert [centre.id for centre in records.centres] == ["ulm", "bonn"]
    assert records.tables["end"].event is not None
    assert records.tables["end"].event[0] == "end"
    assert records_to_eav(records).decode() == content


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",,,sex,1", "no record id"),
        ("1,,,sex,2", "the same entry stands in line 2"),
        ("1,,,sites,2", "the same entry stands in line 3"),
        ("1,,,sites,9", "none of the options"),
        ("1,,2,sex,1", "does not repeat"),
        ("1,labs,0,bilirubin,1", "a whole number"),
        ("1,end,1,bilirubin,1", "not of the form"),
    ],
)
def test_a_line_that_cannot_be_placed_is_rejected(tmp_path, line, words) -> None:
    good = "1,,,sex,1\n1,,,sites,2\n1,,,sites,1\n"
    records = read(tmp_path, {"eav.csv": HEADER + good + line + "\n"}, layout="eav")
    (found,) = records.rejected
    assert (found.level, found.line) == ("row", 5)
    assert words in found.reason
    assert texts(records, "visit", "sex") == ["1"]
    assert texts(records, "visit", "sites___2") == ["1"]
    assert counted(records)


def test_an_entry_that_cannot_be_read_has_its_own_line(tmp_path) -> None:
    lines = "1,,,sex,1\n1,,,weight,heavy\n2,labs,,bilirubin,<1\n"
    records = read(tmp_path, {"eav.csv": HEADER + lines}, layout="eav")
    assert rejections(records) == [
        ("entry", 3, "weight", "heavy"),
        ("entry", 4, "bilirubin", "<1"),
    ]
    assert records.tables["labs"].instance.tolist() == [1]  # REDCap keeps the first as a blank


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER + "1,,,sexx,1\n", "Did you mean 'sex'?"),
        (HEADER + "1,,,redcap_event_name,1\n", "no such field"),
        ("record,field_name\n1,sex\n", "a column 'value'"),
        ("record_id,sex\n1,1\n", "is its layout flat"),
    ],
)
def test_a_file_that_is_no_eav_export(tmp_path, content, words) -> None:
    records = read(tmp_path, {"eav.csv": content}, layout="eav")
    assert [item.level for item in records.rejected] == ["file"]
    assert words in records.rejected[0].reason
    assert records.ids == ()


def test_a_missing_code_of_a_checkbox_and_a_mapping(tmp_path) -> None:
    lines = "1,,,sites,UNK\n2,,,Geschlecht,w\n2,,,Notiz,x\n3,,,sites,Leber\n4,,,scan,[document]\n"
    mapping = (
        '[columns]\nGeschlecht = "sex"\n[codes.sex]\nw = "1"\n[codes.sites]\nLeber = 2\n'
        '[ignore]\ncolumns = ["Notiz"]\n'
    )
    records = read(tmp_path, {"eav.csv": HEADER + lines}, layout="eav", mapping=mapping)
    assert records.rejected == ()
    assert texts(records, "visit", "sites___1") == ["<UNK>", "0", "0", "0"]
    assert texts(records, "visit", "sites___2") == ["<UNK>", "0", "1", "0"]
    assert texts(records, "visit", "sex") == ["<blank>", "1", "<blank>", "<blank>"]
    assert b"1,,,sites,UNK\n" in records_to_eav(records)
