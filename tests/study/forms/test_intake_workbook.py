"""Excel workbooks: a sheet a form, typed cells, and what cells hide."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from intake_kit import counted, read, rejections, texts

xlsxwriter = pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

DAY = dt.date(2020, 2, 1)


def workbook(path: Path, sheets: dict[str, list[list[Any]]], **options: Any) -> bytes:
    """Write a workbook; days are formatted as days, "=..." are formulas with their error."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy", **options})
    for title, rows in sheets.items():
        sheet = book.add_worksheet(title)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(row, column, cell, None, "#DIV/0!")
                elif cell is not None:
                    sheet.write(row, column, cell)
    book.close()
    return path.read_bytes()


def test_a_sheet_is_a_form(tmp_path) -> None:
    content = workbook(
        tmp_path / "made.xlsx",
        {
            "Visit": [
                ["record_id", "sex", "seen", "weight", "children", "remark", "at"],
                [1, 2, DAY, 70.5, 2, "text", dt.datetime(2020, 2, 1, 13, 5)],  # noqa: DTZ001
                [],
                [2.0, "1", "03/2020", "80,25", "2", 12, DAY],
                [3, "Female", 43862, 0.1 + 0.2, None, True, None],
            ],
            "labs": [["record_id", "lab_date", "bilirubin"], [1, DAY, 0.3], [1, DAY, "<0.1"]],
            "Sheet3": [],
        },
    )
    records = read(tmp_path, {"forms.xlsx": content}, layout="workbook", decimal=",")
    assert records.ids == ("1", "2", "3")
    assert texts(records, "visit", "sex") == ["2", "1", "1"]
    assert texts(records, "visit", "seen") == ["2020-02-01", "2020-03-15", "2020-02-01"]
    assert texts(records, "visit", "weight") == ["70.5", "80.25", "0.3"]
    assert records.tables["visit"].columns["weight"].text(0) == "70,5"
    assert texts(records, "visit", "children") == ["2", "2", "<blank>"]
    assert texts(records, "visit", "remark") == ["text", "12", "1"]
    assert texts(records, "visit", "at") == [
        "2020-02-01T13:05:00",
        "2020-02-01T00:00:00",
        "<blank>",
    ]
    assert records.tables["visit"].line.tolist() == [2, 4, 5]
    assert rejections(records) == [("entry", 3, "bilirubin", "<0.1")]
    assert [file.name for file in records.files] == [
        "in/forms.xlsx [Visit]",
        "in/forms.xlsx [labs]",
    ]
    assert counted(records)


def test_a_failed_formula_is_not_a_blank(tmp_path) -> None:
    rows = [["record_id", "weight", "remark"], [1, "=1/0", "x"], [2, 70, "=NA()"]]
    content = workbook(tmp_path / "made.xlsx", {"visit": rows})
    records = read(tmp_path, {"forms.xlsx": content}, layout="workbook")
    assert rejections(records) == [("entry", 2, "weight", "#DIV/0!")]
    assert texts(records, "visit", "remark") == ["x", "#DIV/0!"]


def test_numbers_and_days_in_each_others_fields(tmp_path) -> None:
    rows = [["record_id", "weight", "seen"], [1, dt.date(2020, 5, 3), 1.5], [2, 70, 2020]]
    content = workbook(tmp_path / "made.xlsx", {"visit": rows})
    records = read(tmp_path, {"forms.xlsx": content}, layout="workbook")
    assert rejections(records) == [
        ("entry", 2, "seen", "1.5"),
        ("entry", 2, "weight", "2020-05-03"),
    ]
    assert texts(records, "visit", "seen") == ["<unreadable>", "2020-07-01"]


def test_days_since_1904(tmp_path) -> None:
    rows = [["record_id", "seen"], [1, DAY], [2, 42400]]
    content = workbook(tmp_path / "made.xlsx", {"visit": rows}, date_1904=True)
    records = read(tmp_path, {"forms.xlsx": content}, layout="workbook")
    assert texts(records, "visit", "seen") == ["2020-02-01", "2020-02-01"]


def test_titles_unknown_sheets_and_blank_columns(tmp_path) -> None:
    content = workbook(
        tmp_path / "made.xlsx",
        {
            "Basis": [["Cohort"], [], ["record_id", "sex", None], [1, 2, None], ["Total", None]],
            "Legend": [["1", "Female"]],
            "end": [["Cohort"], ["record_id", "alive"], [1, 1]],
        },
    )
    mapping = '[header_row]\nvisit = 3\n[forms]\nBasis = "visit"\n'
    records = read(tmp_path, {"forms.xlsx": content}, layout="workbook", mapping=mapping)
    assert texts(records, "visit", "sex") == ["2"]
    assert [(item.level, item.file, item.line) for item in records.rejected] == [
        ("row", "in/forms.xlsx [Basis]", 5),
        ("file", "in/forms.xlsx [Legend]", 0),
        ("file", "in/forms.xlsx [end]", 1),
    ]
    assert "set header_row = 2" in records.rejected[2].reason
    assert records.tables["end"].rows == 0


def test_no_workbook(tmp_path) -> None:
    records = read(tmp_path, {"forms.xlsx": b"PK\x03\x04no workbook"}, layout="workbook")
    assert [item.level for item in records.rejected] == ["file"]
    assert "cannot be read" in records.rejected[0].reason


def test_a_workbook_with_one_export(tmp_path) -> None:
    rows = [["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "bilirubin"]]
    content = workbook(tmp_path / "made.xlsx", {"Export": [*rows, [1, "labs", 1, 0.5]]})
    records = read(tmp_path, {"export.xlsx": content}, layout="flat")
    assert texts(records, "labs", "bilirubin") == ["0.5"]
    folder = read(tmp_path / "b", {"labs.xlsx": workbook(
        tmp_path / "l.xlsx", {"labs": [["record_id", "bilirubin"], [1, 0.5]]}
    )})  # fmt: skip
    assert texts(folder, "labs", "bilirubin") == ["0.5"]


def test_a_formula_without_its_result_is_no_blank(tmp_path) -> None:
    """Programs that write workbooks do not count: the cell was read as blank."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "visit"
    for row in (["record_id", "weight", "remark"], [1, 70, "x"], [2, "=B2+1", None]):
        sheet.append(row)
    book.create_sheet("end").append(["record_id", "alive"])
    book.save(tmp_path / "made.xlsx")
    content = (tmp_path / "made.xlsx").read_bytes()
    records = read(tmp_path, {"forms.xlsx": content}, layout="workbook")
    (fault,) = records.rejected
    assert (fault.level, fault.form, fault.line, fault.value) == ("file", "visit", 3, "=B2+1")
    assert "the formula in column 2 has no result" in fault.reason
    assert records.tables["visit"].rows == 0
    assert [(file.name, file.rows, file.rejected) for file in records.files] == [
        ("in/forms.xlsx [visit]", 2, 2),
        ("in/forms.xlsx [end]", 0, 0),
    ]


def test_a_formula_that_gives_an_empty_text_is_blank(tmp_path) -> None:
    path = tmp_path / "made.xlsx"
    workbook(path, {"visit": [["record_id", "remark"], [1, "x"]]})
    cell = b'<c r="B2" t="s"><v>2</v></c>'
    empty = b'<c r="B2" t="str"><f>IF(1,"","")</f><v></v></c>'
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    inner = "xl/worksheets/sheet1.xml"
    assert cell in parts[inner]
    parts[inner] = parts[inner].replace(cell, empty)
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    records = read(tmp_path, {"forms.xlsx": path.read_bytes()}, layout="workbook")
    assert texts(records, "visit", "remark") == ["<blank>"]
    assert records.rejected == ()


#: A workbook of LibreOffice with 1, =1/0, "x" / 2, 70, =NA() below a header, as .xls and .ods.
OLD = Path(__file__).with_name("failed_formulas.xls")
OPEN = Path(__file__).with_name("failed_formulas.ods")


def test_failed_formulas_of_old_workbooks(tmp_path) -> None:
    records = read(tmp_path, {"forms.xls": OLD.read_bytes()}, layout="workbook")
    assert rejections(records) == [("entry", 2, "weight", "#DIV/0!")]
    assert texts(records, "visit", "remark") == ["x", "#N/A"]


def test_failed_formulas_of_open_documents(tmp_path) -> None:
    (fault,) = read(tmp_path, {"forms.ods": OPEN.read_bytes()}, layout="workbook").rejected
    assert (fault.level, fault.form) == ("file", "visit")
    assert "(#DIV/0!)" in fault.reason
