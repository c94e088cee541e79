"""REDCap's flat export: parted into forms, and written back as it stood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from atrisk.study.forms.intake import CentreSource, read_records
from atrisk.study.forms.write_flat import records_to_flat
from intake_kit import DICTIONARY, counted, read, rejections, texts, write

KEYS = "record_id,redcap_repeat_instrument,redcap_repeat_instance"
VISIT = "sex,seen,weight,children,sites___1,sites___2,sites____3,remark,at,visit_complete"
LABS = "lab_date,bilirubin,flags___1,flags___2,labs_complete"
END = "alive,last,end_complete"
HEADER = f"{KEYS},{VISIT},{LABS},{END}\n"
BLANK_LABS, BLANK_OTHERS = "," * 4, "," * 9
ROWS = f"""\
7,,,1,2020-01-05,70.50,2,1,0,0,"a ""quoted"", remark",2020-01-05 10:30,2,{BLANK_LABS},0,2021-02-03,2
7,labs,1,{BLANK_OTHERS},2020-01-06,0.30,0,1,2,,,
7,labs,3,{BLANK_OTHERS},2020-02,ND,0,0,0,,,
5,,,2,UNK,1.2E+01,,0,0,0,,,0,{BLANK_LABS},,,0
9,,,,,,,0,0,0,,,0,{BLANK_LABS},,,0
8,labs,1,{BLANK_OTHERS},not yet,,0,0,0,,,
"""


def test_a_flat_export_is_parted_into_forms(tmp_path) -> None:
    records = read(tmp_path, {"export.csv": HEADER + ROWS}, layout="flat")
    assert records.ids == ("7", "5", "9", "8")
    assert {form: table.rows for form, table in records.tables.items()} == {
        "visit": 3,  # record 9, which nobody filled, has the row of its record id
        "labs": 3,
        "end": 1,
    }
    labs = records.tables["labs"]
    assert (labs.record.tolist(), labs.instance.tolist()) == ([0, 0, 3], [1, 3, 1])
    assert labs.line.tolist() == [3, 4, 7]
    assert texts(records, "labs", "lab_date") == ["2020-01-06", "2020-02-15", "<unreadable>"]
    assert texts(records, "labs", "bilirubin") == ["0.3", "<ND>", "<blank>"]
    assert texts(records, "visit", "sites___1") == ["1", "0", "0"]
    assert texts(records, "visit", "seen") == ["2020-01-05", "<UNK>", "<blank>"]
    assert rejections(records) == [("entry", 7, "lab_date", "not yet")]
    assert counted(records)


def test_a_flat_export_is_written_back_byte_for_byte(tmp_path) -> None:
    content = (HEADER + ROWS).encode()
    records = read(tmp_path, {"export.csv": content}, layout="flat")
    assert records_to_flat(records) == content


def test_events_and_groups_are_written_back(tmp_path) -> None:
    header = HEADER.replace("record_id,", "record_id,redcap_event_name,").replace(
        "instance,", "instance,redcap_data_access_group,"
    )
    content = header + (
        f"1,start,,,ulm,1,,,,0,0,0,,,2,{BLANK_LABS},,,\n"
        f"1,start,labs,1,ulm,{BLANK_OTHERS},,0.3,0,0,0,,,\n"
        f"1,end,,,ulm,{BLANK_OTHERS},{BLANK_LABS},1,,2\n"
        f"2,start,,,bonn,,,,,0,0,0,,,0,{BLANK_LABS},,,\n"
        f"2,end,,,bonn,{BLANK_OTHERS},{BLANK_LABS},,2020-03-04,0\n"
    )
    records = read(tmp_path, {"export.csv": content}, layout="flat")
    assert records.rejected == ()
    assert [centre.id for centre in records.centres] == ["ulm", "bonn"]
    assert records.centre.tolist() == [0, 1]
    assert records_to_flat(records).decode() == content
    without = records_to_flat(records, data_access_group=False)
    assert b"redcap_data_access_group" not in without


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        (f"1,labz,1,{BLANK_OTHERS},,1,0,0,0,,,", "redcap_repeat_instrument", "mean 'labs'"),
        (f"1,end,1,{BLANK_OTHERS},,,0,0,0,1,,", "redcap_repeat_instrument", "does not repeat"),
        (f"1,labs,,{BLANK_OTHERS},,1,0,0,0,,,", "redcap_repeat_instance", "has no instance"),
        (f"1,labs,x,{BLANK_OTHERS},,1,0,0,0,,,", "redcap_repeat_instance", "a whole number"),
        (f"1,,2,1,,,,0,0,0,,,0,{BLANK_LABS},,,0", "redcap_repeat_instance", "repeating events"),
        ("1,labs,1,1,,,,,,,,,,,1,0,0,0,,,", "sex", "a row of another form"),
        ("1,,,1,,,,0,0,0,,,0,,4,0,0,0,,,", "bilirubin", "a row of another form"),
        (f",,,1,,,,0,0,0,,,0,{BLANK_LABS},,,0", "", "no record id"),
        (f"5,,,1,,,,0,0,0,,,0,{BLANK_LABS},,,0", "", "stand in line 2"),
    ],
)
def test_a_row_that_cannot_be_placed_is_rejected(tmp_path, row, field, words) -> None:
    good = f"5,,,2,,,,0,0,0,,,0,{BLANK_LABS},,,0\n"
    records = read(tmp_path, {"export.csv": HEADER + good + row + "\n"}, layout="flat")
    (found,) = records.rejected
    assert (found.level, found.line, found.field) == ("row", 3, field)
    assert words in found.reason
    assert records.ids == ("5",)
    assert counted(records)


def test_unchecked_options_of_other_forms_are_no_entries(tmp_path) -> None:
    """Older exports have 0 in every option of every row."""
    row = "1,labs,1,,,,,0,0,0,,,0,,1,0,1,0,,,0\n"
    records = read(tmp_path, {"export.csv": HEADER + row}, layout="flat")
    assert records.rejected == ()
    assert texts(records, "labs", "flags___2") == ["1"]


def test_an_option_that_is_a_missing_code(tmp_path) -> None:
    header = "record_id,sites___1,sites___2,sites____3,sites___unk,sites___nd\n"
    text = header + "1,0,0,0,1,0\n2,1,0,0,0,0\n"
    records = read(tmp_path, {"export.csv": text}, layout="flat")
    assert texts(records, "visit", "sites___1") == ["<UNK>", "1"]
    assert texts(records, "visit", "sites____3") == ["<UNK>", "0"]


def test_an_export_with_labels_is_read(tmp_path) -> None:
    text = "Record,Sex,Repeat Instrument,Seen on\n1,Female,,2020-01-05\n"
    mapping = '[columns]\n"Repeat Instrument" = "redcap_repeat_instrument"'
    records = read(tmp_path, {"export.csv": text}, layout="flat", mapping=mapping)
    assert records.rejected == ()
    assert texts(records, "visit", "sex") == ["1"]
    fields = (*DICTIONARY.fields, replace(DICTIONARY.field("seen"), name="seen2", form="end"))
    twice = replace(DICTIONARY, fields=fields)
    again = read(
        tmp_path / "b", {"export.csv": text}, layout="flat", mapping=mapping, dictionary=twice
    )
    assert [item.field for item in again.rejected] == ["Seen on"]


def test_groups_do_not_override_declared_centres(tmp_path) -> None:
    text = "record_id,redcap_data_access_group,sex\n1,ulm,1\n"
    folder = write(tmp_path, {"a.csv": text, "b.csv": text})
    sources = [CentreSource(name, name, folder / f"{name}.csv", "flat") for name in ("a", "b")]
    records = read_records(sources, DICTIONARY, root=tmp_path)
    assert [centre.id for centre in records.centres] == ["a", "b"]
    assert records.ids == ("a-1", "b-1")


def test_a_record_of_two_groups_is_rejected(tmp_path) -> None:
    text = (
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,sex,"
        "bilirubin\n1,,,ulm,1,\n1,labs,1,bonn,,2\n"
    )
    records = read(tmp_path, {"export.csv": text}, layout="flat")
    assert [item.reason for item in records.rejected] == [
        "the record is one of centre 'ulm' already"
    ]
    assert counted(records)
