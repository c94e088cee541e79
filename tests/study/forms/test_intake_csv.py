"""Text files as spreadsheet programs save them: taken, or refused with line and reason."""

from __future__ import annotations

import pytest

from intake_kit import counted, read, rejections, texts

HEADER = "record_id,sex,weight,remark\n"


def test_lines_are_those_of_the_file(tmp_path) -> None:
    text = HEADER + '\n1,1,70,"two\nlines"\n,,,\n \n2,2,80,"a\r\nb\r\nc"\n\n3,1,9x,\n'
    records = read(tmp_path, {"visit.csv": text})
    table = records.tables["visit"]
    assert table.line.tolist() == [3, 7, 11]
    assert rejections(records) == [("entry", 11, "weight", "9x")]
    assert (records.files[0].rows, records.files[0].kept) == (3, 3)
    assert records.rejected[0].record == "3"
    assert records.rejected[0].file == "in/visit.csv"


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("\ufeff" + HEADER + "1,1,70,Größe\n", {}),
        ((HEADER + "1,1,70,Größe\n").encode("cp1252"), {"encoding": "cp1252"}),
        ((HEADER + "1,1,70,Größe\n").encode("utf-16"), {}),
        ((HEADER + "1,1,70,Größe\n").replace("\n", "\r\n"), {}),
        ((HEADER + "1,1,70,Größe\n").replace("\n", "\r"), {}),
        ((HEADER + "1,1,70,Größe\n").replace(",", ";"), {"separator": ";"}),
        ("sep=;\r\n" + (HEADER + "1,1,70,Größe\n").replace(",", ";"), {}),
        ("record_id,sex,weight,remark,,\n1,1,70,Größe,,\n", {}),
        ("record_id,,sex,weight,remark\n1,,1,70,Größe\n", {}),
        (HEADER + "1,1,70,Größe,,,\n", {}),
        ("record_id,sex,weight,remark,,\n1,1,70,Größe\n", {}),
        (" Record_ID ,SEX,Weight, Remark\n 1 , 1 ,\t70, Größe \n", {}),
        ("Record,Sex,Weight,Remark\n1,Female,70,Größe\n", {}),
        ("record_id,sex,weight,remark\n1,1,70,\u200bGröße\u00a0\n", {}),
    ],
)
def test_a_file_is_read_however_it_was_saved(tmp_path, content, options) -> None:
    records = read(tmp_path, {"visit.csv": content}, **options)
    assert records.rejected == ()
    found = [texts(records, "visit", name) for name in ("sex", "weight", "remark")]
    assert [records.ids, *found] == [("1",), ["1"], ["70"], ["Größe"]]


def test_a_tab_separated_file_needs_no_word(tmp_path) -> None:
    records = read(tmp_path, {"visit.tsv": "record_id\tweight\n1\t70\n"})
    assert texts(records, "visit", "weight") == ["70"]


@pytest.mark.parametrize(
    ("content", "rows", "line", "field", "words"),
    [
        (
            (HEADER + "1,1,70,ok\n2,1,70,Größe\n").encode("cp1252"),
            *(2, 3, ""),
            "byte 0xf6 is not utf-8",
        ),
        (HEADER + "1,1,12,5,x\n", 1, 2, "", "a decimal comma"),
        (HEADER + "1,1,70,x\n2,1\n", 2, 3, "", "the row has 2 fields, the header 4"),
        (HEADER.replace(",", ";") + "1;1;70;x\n", 1, 1, "", "set separator = ';'"),
        (HEADER + '1,1,70,"open\n2,1,70,x\n', None, 3, "", "quotation mark that is not closed"),
        (HEADER + '1,1,"7\n0"\n', None, 2, "", "runs over several lines"),
        ("", None, 0, "", "no header"),
        ("\n\n , \n", None, 0, "", "no header"),
        ("PK\x03\x04xyz", None, 0, "", "layout workbook"),
        ("record_id,sex,sexx\n1,1,1\n", 1, 1, "sexx", "Did you mean 'sex'?"),
        ("record_id,sex,sex\n1,1,1\n", 1, 1, "sex", "more than once"),
        ("record_id,sex,Sex\n1,1,1\n,,\n2,1,1\n", 2, 1, "Sex", "both stand for 'sex'"),
        ("record_id,sex,\n1,1,\n2,1,x\n", 2, 3, "", "column 3 has no name"),
        ("record_id,sex,last\n1,1,\n", 1, 1, "last", "of the form 'end'"),
        ("patient,sex\n1,1\n", 1, 1, "record_id", "no column has the record id"),
        ("Cohort\nrecord_id,sex,weight\n1,1,70\n", 2, 2, "", "set header_row = 2"),
        ("Cohort,,\nrecord_id,sex,weight\n1,1,70\n", 2, 1, "record_id", "set header_row = 2"),
    ],
)
def test_a_file_that_fails_changes_nothing(tmp_path, content, rows, line, field, words) -> None:
    records = read(tmp_path, {"visit.csv": content, "end.csv": "record_id,alive\n7,1\n"})
    (fault,) = records.rejected
    assert (fault.level, fault.line, fault.field) == ("file", line, field)
    assert words in fault.reason
    assert ("rows not counted" in fault.reason) == (rows is None)
    assert records.ids == ("7",)
    assert records.tables["visit"].rows == 0
    files = {file.name: file for file in records.files}
    assert files.pop("in/end.csv").refused is False
    assert [(file.rows, file.kept, file.rejected, file.refused) for file in files.values()] == (
        [] if rows is None else [(rows, 0, rows, True)]
    )


def test_a_row_of_another_length_is_a_rejected_row(tmp_path) -> None:
    """A stray separator in one row of many costs that row; from one in ten on, the file."""
    good = [f"{number},1,70,x" for number in range(1, 20)]
    text = HEADER + "\n".join([*good[:9], "30,1,12,5,x", *good[9:]]) + "\n"
    records = read(tmp_path, {"visit.csv": text})
    (row,) = records.rejected
    assert (row.level, row.form, row.line, row.record, row.value) == ("row", "visit", 11, "30", "x")
    assert "the row has 5 fields, the header 4; put a field that holds ','" in row.reason
    assert records.tables["visit"].rows == 19
    assert records.tables["visit"].line.tolist() == [*range(2, 11), *range(12, 22)]
    assert [(file.rows, file.kept, file.rejected) for file in records.files] == [(20, 19, 1)]
    assert counted(records)
    fewer = HEADER + "\n".join([*good[:9], "30,1,12,5,x"]) + "\n"
    (file,) = read(tmp_path / "b", {"visit.csv": fewer}).rejected
    assert (file.level, file.line) == ("file", 11)


def test_the_record_of_a_ragged_row_has_its_centre(tmp_path) -> None:
    good = "".join(f"{number},1,70,x\n" for number in range(1, 20))
    text = HEADER + good + "30,1,12,5,x\n"
    records = read(tmp_path, {"visit.csv": text}, mapping='record_prefix = "U-"')
    assert records.rejected[0].record == "U-30"
    swapped = "sex,record_id,weight,remark\n" + "".join(
        f"1,{number},70,x\n" for number in range(1, 20)
    )
    records = read(tmp_path / "b", {"visit.csv": swapped + "1,30,12,5,x\n"})
    assert records.rejected[0].record == ""


def test_a_title_above_the_header_is_seen(tmp_path) -> None:
    text = "Cohort 2020,x,\n,,\nrecord_id,sex,weight\n1,1,70\n"
    assert "set header_row = 3" in read(tmp_path, {"visit.csv": text}).rejected[0].reason
    records = read(tmp_path, {"visit.csv": text}, mapping="header_row = 3")
    assert records.rejected == ()
    assert records.tables["visit"].line.tolist() == [4]
    only = read(tmp_path, {"visit.csv": text}, mapping="[header_row]\nvisit = 3")
    assert only.ids == ("1",)


def test_rows_without_a_usable_key(tmp_path) -> None:
    text = HEADER + "1,1,70,\n,2,80,\n1,1,71,again\nSumme,,150,\n2,2,90,\n"
    records = read(tmp_path, {"visit.csv": text})
    assert [(item.level, item.line, item.record) for item in records.rejected] == [
        ("row", 3, ""),
        ("row", 4, "1"),
        ("row", 5, "Summe"),
    ]
    assert [item.reason for item in records.rejected] == [
        "the row has entries but no record id",
        "the record has this form already, in line 2",
        "a row of totals or units, not a patient",
    ]
    assert records.ids == ("1", "2")
    assert counted(records)


def test_instances_of_a_repeating_form(tmp_path) -> None:
    header = "record_id,redcap_repeat_instance,bilirubin\n"
    rows = "1,2,0.2\n1,1,0.1\n2,1.0,0.3\n2,,0.4\n2,0,0.5\n2,first,0.6\n1,2,0.7\n2,2.5,0.8\n"
    records = read(tmp_path, {"labs.csv": header + rows})
    table = records.tables["labs"]
    assert (table.record.tolist(), table.instance.tolist()) == ([0, 0, 1], [1, 2, 1])
    assert texts(records, "labs", "bilirubin") == ["0.1", "0.2", "0.3"]
    assert [(item.line, item.value) for item in records.rejected] == [
        (5, ""), (6, "0"), (7, "first"), (8, ""), (9, "2.5"),
    ]  # fmt: skip
    assert records.rejected[3].reason == "the record has this form already, instance 2, in line 2"
    assert counted(records)


def test_rows_of_a_repeating_form_without_instances_are_numbered(tmp_path) -> None:
    records = read(tmp_path, {"labs.csv": "record_id,bilirubin\n1,0.1\n2,0.2\n1,0.3\n"})
    table = records.tables["labs"]
    assert table.instance.tolist() == [1, 2, 1]
    assert texts(records, "labs", "bilirubin") == ["0.1", "0.3", "0.2"]


def test_an_instance_of_a_form_that_does_not_repeat(tmp_path) -> None:
    text = "record_id,redcap_repeat_instrument,redcap_repeat_instance,alive\n1,,1,1\n2,,2,1\n"
    records = read(tmp_path, {"end.csv": text + "3,labs,,1\n"})
    assert records.ids == ("1",)
    assert [item.line for item in records.rejected] == [3, 4]


def test_events_keep_rows_of_a_record_apart(tmp_path) -> None:
    text = "record_id,redcap_event_name,alive\n1,start,1\n1,year_1,0\n1,start,1\n"
    records = read(tmp_path, {"end.csv": text})
    table = records.tables["end"]
    assert table.event is not None
    assert [table.event[row] for row in range(2)] == ["start", "year_1"]
    assert [item.line for item in records.rejected] == [4]


def test_two_files_of_one_form(tmp_path) -> None:
    files = {"Old labs.csv": "record_id,bilirubin\n1,0.1\n", "labs.csv": "record_id,lab_date\n2,\n"}
    records = read(tmp_path, files, mapping='[forms]\n"old labs" = "labs"')
    table = records.tables["labs"]
    assert texts(records, "labs", "bilirubin") == ["0.1", "<blank>"]
    assert [records.files[place].name for place in table.file] == ["in/Old labs.csv", "in/labs.csv"]
    twice = {"old labs.csv": "record_id,alive\n1,1\n", "end.csv": "record_id,alive\n1,0\n"}
    again = read(tmp_path / "b", twice, mapping='[forms]\n"old labs" = "end"')
    assert again.rejected[0].reason == "the record has this form already, in in/end.csv, line 2"


def test_an_unknown_form_is_a_rejected_file(tmp_path) -> None:
    files = {"visitt.csv": HEADER, "visit.csv": HEADER + "1,1,70,\n", "notes.md": "x"}
    records = read(tmp_path, files)
    assert [(item.level, item.file) for item in records.rejected] == [("file", "in/visitt.csv")]
    assert "Did you mean 'visit'?" in records.rejected[0].reason
    assert records.ids == ("1",)
    left = read(tmp_path, files, mapping='[ignore]\nforms = ["Visitt"]')
    assert left.rejected == ()


def test_a_column_that_is_left_aside_is_not_read(tmp_path) -> None:
    text = "record_id,scan,Bemerkung\n1,[document],x\n"
    records = read(tmp_path, {"visit.csv": text}, mapping='[ignore]\ncolumns = ["bemerkung"]')
    assert records.rejected == ()
    assert "scan" not in records.tables["visit"].columns
    assert texts(records, "visit", "remark") == ["<blank>"]


def test_the_status_of_a_form_is_a_column_where_a_file_has_it(tmp_path) -> None:
    records = read(tmp_path, {"visit.csv": "record_id,visit_complete\n1,2\n2,Incomplete\n"})
    assert texts(records, "visit", "visit_complete") == ["2", "0"]
    without = read(tmp_path / "b", {"visit.csv": "record_id\n1\n"})
    assert "visit_complete" not in without.tables["visit"].columns
