"""Files as centres send them by mistake: nothing is lost in silence, nothing is guessed."""

from __future__ import annotations

import pytest

from intake_kit import counted, read, rejections, texts, visit, write

HEADER = "record_id,sex,weight,remark\n"
ROW = "1,1,70,x\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "options", "words"),
    [
        ("visit.csv", (HEADER + ROW).encode("utf-16-le"), {}, 'encoding = "utf-16-le"'),
        ("visit.csv", HEADER + "1,1,70,Größe\n", {"encoding": "cp1252"}, "is UTF-8, not cp1252"),
        ("visit.csv", HEADER + "1,1,7\x000,x\n", {}, "a character NUL"),
        ("visit.csv", OLE, {}, "an old or a locked Office file"),
        ("visit.csv", b"\x1f\x8b\x08\x00" + bytes(40), {}, "unpack it"),
        ("visit.csv", b"PAR1" + bytes(40), {}, "the ending .parquet"),
        ("visit.csv", "<html><table></table></html>", {}, "a web page or XML"),
        ("visit.csv", "record_id;sex;weight,x\n1;1;70,5\n", {}, "set separator = ';'"),
        ("visit.xls", "<html><table></table></html>", {}, "open it and save it as .xlsx"),
        ("visit.xls", "record_id\tsex\n1\t1\n", {}, "give it the ending .csv"),
        ("visit.xlsx", OLE, {}, "locked with a password"),
        ("visit.xlsx", b"", {}, "the file is empty"),
        ("visit.xlsb", b"PK\x03\x04", {}, "save it as .xlsx"),
        ("visit.sav", b"$FL2", {}, "ends in .sav, which is not read"),
        ("visit.csv.gz", b"\x1f\x8b", {}, "ends in .gz, which is not read"),
    ],
)
def test_what_is_no_text_or_workbook_is_named(tmp_path, name, content, options, words) -> None:
    """Each was read as something else, left aside in silence, or refused without the way out."""
    records = read(tmp_path, {"end.csv": "record_id,alive\n7,1\n", name: content}, **options)
    (fault,) = records.rejected
    assert (fault.level, fault.file, fault.form or "visit") == ("file", f"in/{name}", "visit")
    assert words in fault.reason
    assert records.ids == ("7",)


def test_other_files_of_a_folder_are_no_forms(tmp_path) -> None:
    files = {"visit.csv": HEADER + ROW, "README.md": "x", "Thumbs.db": b"x", ".labs.csv.swp": b""}
    assert read(tmp_path, files).rejected == ()
    ignored = read(
        tmp_path, {"labs.json": "[]", "visit.csv": HEADER + ROW}, mapping='[ignore]\nforms=["labs"]'
    )
    assert ignored.rejected == ()


def test_folders_with_the_names_of_files(tmp_path) -> None:
    for name in ("visit.parquet", "labs.csv", "end.xlsx", "end"):
        (tmp_path / "in" / name).mkdir(parents=True)
    (tmp_path / "in" / "visit.parquet" / "part.parquet").write_bytes(b"PAR1")
    records = read(tmp_path, {})
    assert {(item.file, item.level) for item in records.rejected} == {
        ("in/visit.parquet", "file"), ("in/labs.csv", "file"),
        ("in/end.xlsx", "file"), ("in/end", "file"),
    }  # fmt: skip


def test_the_mark_at_the_end_of_old_files(tmp_path) -> None:
    records = read(tmp_path, {"visit.csv": HEADER + ROW + "\x1a"})
    assert (records.ids, records.rejected) == (("1",), ())


def test_a_header_said_again_is_no_patient(tmp_path) -> None:
    text = HEADER + ROW + HEADER + "Record,Sex,Weight,Remark\n2,2,80,y\n"
    records = read(tmp_path, {"visit.csv": text})
    assert records.ids == ("1", "2")
    assert rejections(records) == [("row", 3, "", "record_id"), ("row", 4, "", "Record")]
    assert {item.reason for item in records.rejected} == {"a header, not a patient"}
    mapped = read(
        tmp_path / "b", {"visit.csv": "Patient,sex\n1,1\nPatient,sex\n"},
        mapping='[columns]\n"Patient" = "record_id"',
    )  # fmt: skip
    assert mapped.ids == ("1",)


@pytest.mark.parametrize("text", ["#REF!", "#N/A", "NULL", "nan", "UNK", "-99", "n/a", "k.A."])
@pytest.mark.parametrize("layout", ["forms", "flat", "eav"])
def test_an_id_that_says_missing_is_no_patient(tmp_path, text, layout) -> None:
    lines = {"eav": f"record,field_name,value\n{text},sex,1\n1,sex,2\n"}
    content = lines.get(layout, f"record_id,sex\n{text},1\n1,2\n")
    options = {"mapping": '[missing]\n"k.A." = ""', "layout": layout}
    records = read(tmp_path, {"visit.csv": content}, **options)
    assert records.ids == ("1",)
    assert [(item.level, item.line, item.value) for item in records.rejected] == [("row", 2, text)]
    assert "record id" in records.rejected[0].reason
    assert counted(records)


def test_such_ids_with_several_centres(tmp_path) -> None:
    from atrisk.study.forms.intake import CentreSource, read_records
    from intake_kit import DICTIONARY

    for centre in ("U", "B"):
        write(tmp_path / centre, {"visit.csv": "record_id,sex\nNULL,1\nrecord_id,sex\n1,1\n"})
    sources = [CentreSource(name, name, name) for name in ("U", "B")]
    records = read_records(sources, DICTIONARY, root=tmp_path)
    assert records.ids == ("U-1", "B-1")
    assert [item.record for item in records.rejected] == ["NULL", "record_id"] * 2


FLAT = "record_id,redcap_repeat_instrument,redcap_repeat_instance"


def test_an_export_with_labels_for_codes(tmp_path) -> None:
    """REDCap's export "labels" has Unchecked and Incomplete on every row: every row was refused."""
    header = f"{FLAT},sex,sites___1,sites___2,visit_complete,bilirubin,flags___1,labs_complete\n"
    base = "1,,,Female,Checked,Unchecked,Complete,,Unchecked,Incomplete\n"
    lab = "1,Labs,1,,Unchecked,Unchecked,Incomplete,0.3,Checked,Unverified\n"
    records = read(tmp_path, {"e.csv": header + base + lab}, layout="flat")
    assert records.rejected == ()
    assert texts(records, "visit", "sex") == ["1"]
    assert texts(records, "visit", "sites___1") == ["1"]
    assert texts(records, "visit", "visit_complete") == ["2"]
    assert texts(records, "labs", "flags___1") == ["1"]
    assert records.tables["labs"].rows == 1


@pytest.mark.parametrize(
    "header",
    [
        "Record,Sites (choice=Node),Complete?,Complete?\n",
        "Record,Sites (choice=Node)\n",
        "Record,Repeat Instrument,Sex\n",
    ],
)
def test_an_export_with_labels_for_headers(tmp_path, header) -> None:
    row = "1" + ",x" * header.count(",") + "\n"
    (fault,) = read(tmp_path, {"e.csv": header + row}, layout="flat").rejected
    assert fault.level == "file"
    assert "(raw data)" in fault.reason


def test_rows_without_a_data_access_group_are_of_their_records(tmp_path) -> None:
    header = f"{FLAT},redcap_data_access_group,sex,bilirubin\n"
    rows = "1,,,ulm,1,\n1,labs,1,,,0.3\n1,labs,2,bonn,,0.4\n2,,,bonn,1,\n3,,,,1,\n"
    records = read(tmp_path, {"e.csv": header + rows}, layout="flat")
    assert [centre.id for centre in records.centres] == ["A", "ulm", "bonn"]
    assert records.centre.tolist() == [1, 2, 0]
    assert texts(records, "labs", "bilirubin") == ["0.3"]
    assert [(item.line, item.reason) for item in records.rejected] == [
        (4, "the record is one of centre 'ulm' already")
    ]


def test_groups_of_one_file_hold_in_the_next(tmp_path) -> None:
    files = {
        "visit.csv": "record_id,redcap_data_access_group,sex\n1,ulm,1\n",
        "labs.csv": "record_id,redcap_data_access_group,bilirubin\n1,,0.3\n",
    }
    records = read(tmp_path, files)
    assert (records.rejected, [c.id for c in records.centres]) == ((), ["ulm"])


def test_an_option_and_a_missing_code_at_once(tmp_path) -> None:
    """The ticked option was overwritten by the code, in silence."""
    header = "record_id,sites___1,sites___2,sites____3,sites___unk\n"
    records = read(tmp_path, {"e.csv": header + "1,1,0,0,1\n2,0,0,0,1\n"}, layout="flat")
    assert texts(records, "visit", "sites___1") == ["<unreadable>", "<UNK>"]
    assert texts(records, "visit", "sites___2") == ["0", "<UNK>"]
    assert rejections(records) == [("entry", 2, "sites___1", "1 with UNK")]


def test_words_that_begin_like_a_month_are_no_month(tmp_path) -> None:
    said = ("maybe 2020", "Marburg 2020", "decided 2019", "jui 2020", "May 2020", "Sept. 2020")
    more = ("märz 2020", "15 Juillet 2020", "Dez 2020", "maggio 2020", "mars 2020", "ago 2020")
    records = visit(tmp_path, "seen", *said, *more)
    assert texts(records, "visit", "seen") == [
        "<unreadable>", "<unreadable>", "<unreadable>", "<unreadable>", "2020-05-15", "2020-09-15",
        "2020-03-15", "2020-07-15", "2020-12-15", "2020-05-15", "2020-03-15", "2020-08-15",
    ]  # fmt: skip


def test_day_numbers_of_another_century(tmp_path) -> None:
    records = visit(tmp_path, "seen", "43862", "99999", mapping="serial_dates = 1900")
    assert texts(records, "visit", "seen") == ["2020-02-01", "<unreadable>"]
    assert "of the year 2173" in records.rejected[0].reason


def test_truth_values_of_data_frames(tmp_path) -> None:
    rows = "1,TRUE\n2,False\n3,y\n4,N\n5,t\n6,ja\n"
    records = read(tmp_path, {"end.csv": "record_id,alive\n" + rows})
    assert texts(records, "end", "alive") == ["1", "0", "1", "0", "1", "<unreadable>"]
    other = visit(tmp_path / "b", "sex", "TRUE", "y")  # female and male are no truth values
    assert texts(other, "visit", "sex") == ["<unreadable>", "<unreadable>"]


def test_very_many_columns_take_no_time(tmp_path) -> None:
    names = ",".join(f"c{number}" for number in range(50_000))
    (fault,) = read(tmp_path, {"visit.csv": f"record_id,{names}\n1{',1' * 50_000}\n"}).rejected
    assert fault.field == "c0"


def test_very_many_events_do_not_mix_records(tmp_path) -> None:
    """Events beyond 2,047 were taken for those of the next record."""
    events = [*range(1, 2100)]
    rows = [f"1,e{event},1\n" for event in events] + ["2,e1,1\n", "2,e51,1\n", "3,e3,1\n"]
    records = read(tmp_path, {"visit.csv": "record_id,redcap_event_name,sex\n" + "".join(rows)})
    assert records.rejected == ()
    assert records.tables["visit"].rows == len(rows)


def test_a_path_of_windows(tmp_path) -> None:
    from atrisk.errors import InputError
    from atrisk.study.forms.intake import CentreSource, read_records
    from intake_kit import DICTIONARY

    write(tmp_path / "in", {"visit.csv": HEADER + ROW})
    with pytest.raises(InputError, match="with / between its folders"):
        read_records([CentreSource("A", "A", "in\\visit.csv")], DICTIONARY, root=tmp_path)


def test_a_field_with_a_decimal_comma_in_a_file_with_points(tmp_path) -> None:
    from dataclasses import replace

    from intake_kit import DICTIONARY

    fields = [
        replace(field, validation="number_2dp_comma_decimal") if field.name == "weight" else field
        for field in DICTIONARY.fields
    ]
    dictionary = replace(DICTIONARY, fields=tuple(fields))
    text = 'record_id,weight\n1,"70,5"\n2,70.25\n3,70\n4,"1,234"\n5,a\n'
    records = read(tmp_path, {"visit.csv": text}, dictionary=dictionary)
    assert texts(records, "visit", "weight") == ["70.5", "70.25", "70", "1.234", "<unreadable>"]
