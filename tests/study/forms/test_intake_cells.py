"""Entries as centres write them: numbers, dates, choices, checkboxes, missing codes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from atrisk.study.forms.cells_dates import DateNotation, day_of, day_text, second_of
from atrisk.study.forms.cells_numbers import Unreadable, number_of
from atrisk.study.forms.fields import Choice
from intake_kit import DICTIONARY, read, rejections, texts, visit


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("12.5", ".", 12.5),
        ("12,5", ",", 12.5),
        (".5", ".", 0.5),
        ("1.2E+05", ".", 120000.0),
        ("\u22125", ".", -5.0),
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("1.234.567", ",", 1234567.0),
        ("12 500", ".", 12500.0),
        ("12\u00a0500,5", ",", 12500.5),
        ("1'234", ".", 1234.0),
        ("12", ",", 12.0),
    ],
)
def test_a_number_is_read(text: str, decimal: str, value: float) -> None:
    assert number_of(text, decimal) == value


@pytest.mark.parametrize(
    ("text", "decimal", "words"),
    [
        ("12,5", ".", "set decimal = ','"),
        ("1,234", ".", "thousands mark"),
        ("1.234", ",", "set decimal = '.'"),
        ("<0.5", ".", "a limit"),
        ("ca. 5", ".", "a limit or an estimate"),
        ("3-5", ".", "a range"),
        ("11.2 g/dL", ".", "the number alone"),
        ("45 %", ".", "the number alone"),
        ("03.05.2020", ".", "a date where a number belongs"),
        ("2020-05-03", ".", "a date where a number belongs"),
        ("#DIV/0!", ".", "formula"),
        ("n.d.", ".", "[missing]"),
        ("nan", ".", "not a number"),
        ("inf", ".", "not a number"),
        ("1e999", ".", "too large"),
        ("1,23,456", ".", "not a number"),
        ("--", ".", "not a number"),
    ],
)
def test_what_is_no_number_says_why(text: str, decimal: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        number_of(text, decimal)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "order", "day", "precision"),
    [
        ("2020-02-01", "ymd", "2020-02-01", 0),
        ("2020-02-01", "dmy", "2020-02-01", 0),
        ("2020/2/1", "mdy", "2020-02-01", 0),
        ("01.02.2020", "dmy", "2020-02-01", 0),
        ("01/02/2020", "mdy", "2020-01-02", 0),
        ("1. 2. 2020", "dmy", "2020-02-01", 0),
        ("2020-02-29 00:00:00", "ymd", "2020-02-29", 0),
        ("20200201", "ymd", "2020-02-01", 0),
        ("01022020", "dmy", "2020-02-01", 0),
        ("12-Mar-2020", "ymd", "2020-03-12", 0),
        ("12. März 2020", "ymd", "2020-03-12", 0),
        ("12 mai 2020", "ymd", "2020-05-12", 0),
        ("3 juillet 2020", "ymd", "2020-07-03", 0),
        ("March 12, 2020", "ymd", "2020-03-12", 0),
        ("2020", "ymd", "2020-07-01", 2),
        ("2020-03", "ymd", "2020-03-15", 1),
        ("03/2020", "ymd", "2020-03-15", 1),
        ("Mar 2020", "ymd", "2020-03-15", 1),
        ("2020-03-UN", "ymd", "2020-03-15", 1),
        ("00.03.2020", "dmy", "2020-03-15", 1),
        ("??.??.2020", "dmy", "2020-07-01", 2),
        ("2020-00-00", "ymd", "2020-07-01", 2),
    ],
)
def test_a_date_is_read(text: str, order: str, day: str, precision: int) -> None:
    found, how = day_of(text, DateNotation(order=order))
    assert (str(np.datetime64(found, "D")), how) == (day, precision)


@pytest.mark.parametrize(
    ("rule", "month", "year"),
    [
        ("first", "2020-02-01", "2020-01-01"),
        ("middle", "2020-02-15", "2020-07-01"),
        ("last", "2020-02-29", "2020-12-31"),
    ],
)
def test_the_assumed_day_is_the_rules(rule: str, month: str, year: str) -> None:
    notation = DateNotation(partial=rule)
    assert day_text(day_of("2020-02", notation)[0], 0) == month
    assert day_text(day_of("2020", notation)[0], 0) == year


@pytest.mark.parametrize(
    ("text", "order", "words"),
    [
        ("01.02.2020", "ymd", "set date_order"),
        ("13/25/2020", "dmy", "there is no month 25"),
        ("25/03/2020", "mdy", "there is no month 25"),
        ("2020-02-30", "ymd", "2020-02 has no day 30"),
        ("2021-02-29", "ymd", "2021-02 has no day 29"),
        ("2020-13-01", "ymd", "there is no month 13"),
        ("01.02.20", "dmy", "two digits"),
        ("03/20", "dmy", "two digits"),
        ("20", "ymd", "two digits"),
        ("0202-02-01", "ymd", "not between 1900 and 2100"),
        ("43862", "ymd", "serial_dates"),
        ("2020-02-01 13:05", "ymd", "a time of day"),
        ("after cycle 2", "ymd", "not a date"),
        ("2020-02-01 or 02", "ymd", "not a date"),
        ("#N/A", "ymd", "formula"),
        ("2020-02-", "ymd", ""),
    ],
)
def test_what_is_no_date_says_why(text: str, order: str, words: str) -> None:
    notation = DateNotation(order=order)
    if not words:  # a missing day is a partial date
        assert day_of(text, notation)[1] == 1
        return
    with pytest.raises(Unreadable) as caught:
        day_of(text, notation)
    assert words in str(caught.value)


@pytest.mark.parametrize(("system", "day"), [(1900, "2020-02-01"), (1904, "2024-02-02")])
def test_a_serial_number_is_a_day_of_its_system(system: int, day: str) -> None:
    found, precision = day_of("43862", DateNotation(serial=system))
    assert (day_text(found, precision), precision) == (day, 0)


def test_a_date_with_a_time_of_day() -> None:
    notation = DateNotation(order="dmy")
    assert second_of("1970-01-02 01:00", notation) == 86400 + 3600
    assert second_of("02.01.1970 1:00:05", notation) == 86400 + 3605
    assert second_of("1970-01-02", notation, midnight=True) == 86400
    for text in ("1970-01-02", "1970-01 10:00", "1970-01-02 25:00"):
        with pytest.raises(Unreadable):
            second_of(text, notation)


def test_a_choice_is_named_by_code_label_or_number(tmp_path) -> None:
    records = visit(tmp_path, "sex", "1", " 2 ", "1.0", "02", "FEMALE", "male", "3", "", "UNK")
    assert texts(records, "visit", "sex") == [
        "1", "2", "1", "2", "1", "2", "<unreadable>", "<blank>", "<UNK>",
    ]  # fmt: skip
    assert rejections(records) == [("entry", 8, "sex", "3")]
    assert records.rejected[0].reason == "none of the choices: 1 Female, 2 Male"


def test_a_choice_may_have_the_code_of_a_missing_value(tmp_path) -> None:
    choices = (*DICTIONARY.field("sex").choices, Choice("UNK", "Unknown"))
    fields = [
        replace(field, choices=choices) if field.name == "sex" else field
        for field in DICTIONARY.fields
    ]
    dictionary = replace(DICTIONARY, fields=tuple(fields))
    records = visit(tmp_path, "sex", "UNK", "unknown", "ND", dictionary=dictionary)
    assert texts(records, "visit", "sex") == ["UNK", "UNK", "<ND>"]


def test_a_missing_code_is_never_a_number(tmp_path) -> None:
    records = visit(tmp_path, "weight", "-99", "unk", "not done", "-98", "70.5")
    assert texts(records, "visit", "weight") == ["<-99>", "<UNK>", "<ND>", "-98", "70.5"]
    column = records.tables["visit"].columns["weight"]
    assert np.isnan(column.values[:3]).all()
    assert [column.text(row) for row in range(5)] == ["-99", "unk", "not done", "-98", "70.5"]


def test_a_remark_keeps_words_that_are_labels_of_missing_codes(tmp_path) -> None:
    records = visit(tmp_path, "remark", "unknown", "UNK", 'said "no"\nthen yes')
    assert texts(records, "visit", "remark") == ["unknown", "<UNK>", 'said "no"\nthen yes']


def test_a_whole_number_is_expected(tmp_path) -> None:
    records = visit(tmp_path, "children", "2", "2.0", "2.5")
    assert texts(records, "visit", "children") == ["2", "2", "<unreadable>"]
    assert records.rejected[0].reason == "a whole number is expected"


def test_options_of_a_checkbox(tmp_path) -> None:
    header = "record_id,sites___1,sites___2,sites____3\n"
    rows = "1,1,0,0\n2,x,,\n3,,,\n4,Checked,Unchecked,maybe\n5,ND,ND,ND\n"
    records = read(tmp_path, {"visit.csv": header + rows})
    found = list(
        zip(*(texts(records, "visit", f"sites___{n}") for n in ("1", "2", "_3")), strict=True)
    )
    assert found == [
        ("1", "0", "0"),
        ("1", "0", "0"),  # a tick leaves no doubt about the blanks beside it
        ("<blank>", "<blank>", "<blank>"),
        ("1", "0", "<unreadable>"),
        ("<ND>", "<ND>", "<ND>"),
    ]


def test_options_listed_in_one_cell(tmp_path) -> None:
    records = visit(
        tmp_path, "sites", "1; 2", "Liver, skin", "-3", "0", "", "UNK", "Leber", "Milz",
        mapping='[codes.sites]\n"Leber" = "2"\n',
    )  # fmt: skip
    found = zip(*(texts(records, "visit", f"sites___{n}") for n in ("1", "2", "_3")), strict=True)
    assert ["".join(row) for row in found] == [
        "110", "011", "001", "000", "<blank>" * 3, "<UNK>" * 3, "010", "<unreadable>" * 3,
    ]  # fmt: skip


def test_precision_is_kept_with_the_entry(tmp_path) -> None:
    records = visit(tmp_path, "seen", "2020", "03/2020", "2020-03-04", partial_dates="last")
    column = records.tables["visit"].columns["seen"]
    assert texts(records, "visit", "seen") == ["2020-12-31", "2020-03-31", "2020-03-04"]
    assert column.precision is not None
    assert column.precision.tolist() == [2, 1, 0]
    assert column.text(0) == "2020"
    whole = visit(tmp_path / "whole", "seen", "2020-03-04").tables["visit"].columns["seen"]
    assert whole.precision is None


def test_a_date_and_time_column(tmp_path) -> None:
    records = visit(tmp_path, "at", "2020-02-01 13:05", "2020-02-01", "")
    assert texts(records, "visit", "at") == ["2020-02-01T13:05:00", "<unreadable>", "<blank>"]
