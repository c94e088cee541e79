from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from atrisk.errors import InputError
from atrisk.study import read_names, read_study
from atrisk.study.columns import codes, dates, is_number_column, numbers
from atrisk.study.intake import file_digest, read_table
from atrisk.study.models import Data
from study_kit import HEAD, MINIMAL, ROWS, mistake, number, run, write

if TYPE_CHECKING:
    from pathlib import Path


def data(**changes: object) -> Data:
    asked = {"file": "data.csv", "time_unit": "days", "origin": "transplant", **changes}
    return Data.model_validate(asked)


def test_a_row_keeps_its_line_after_blank_lines_and_fields_of_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('a,b\n1,"x\ny"\n\n2,z\n', encoding="utf-8")
    table = read_table(path, data(), ["a", "b"])
    assert table.lines.tolist() == [2, 5]
    assert table.columns["b"].tolist() == ["x\ny", "z"]
    assert table.rows == 2


def test_only_the_columns_asked_for_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    assert read_names(path, data()) == ("a", "b", "c")
    assert list(read_table(path, data(), ["c", "a"]).columns) == ["c", "a"]


def test_what_means_missing_is_said_in_the_study(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,x\n , NA\n.,-9\n", encoding="utf-8")
    default = read_table(path, data(), ["a", "b"])
    assert default.missing["a"].tolist() == [False, True, False]
    assert default.missing["b"].tolist() == [False, True, False]
    changed = read_table(path, data(missing=[".", "-9"]), ["a", "b"])
    assert changed.missing["a"].tolist() == [False, True, True]
    assert changed.missing["b"].tolist() == [False, False, True]


def test_separator_encoding_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes("größe;b\n1;é\n".encode("cp1252"))
    asked = data(separator=";", encoding="cp1252")
    assert read_names(path, asked) == ("größe", "b")
    assert read_table(path, asked, ["b"]).columns["b"].tolist() == ["é"]
    path.write_bytes("a,b\n1,2\n".encode("utf-8-sig"))
    assert read_names(path, data()) == ("a", "b")


def test_numbers_codes_and_dates_of_text(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("n,d\n1.5,31/12/2020\n,\n-2e1,01/01/2021\n", encoding="utf-8")
    table = read_table(path, data(), ["n", "d"])
    np.testing.assert_array_equal(numbers(table, "n"), [1.5, np.nan, -20.0])
    found = dates(table, "d", "%d/%m/%Y")
    assert found.astype(str).tolist() == ["2020-12-31", "NaT", "2021-01-01"]
    assert is_number_column(table, "n")
    assert not is_number_column(table, "d")
    with pytest.raises(InputError, match="not a date written like 2020-12-31: '31/12/2020'"):
        dates(table, "d")


def test_codes_come_in_order_of_size_then_alphabet(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("g\n10\n9\nb\n9.0\na\nNA\n", encoding="utf-8")
    found = codes(read_table(path, data(), ["g"]), "g")
    assert found.labels == ("9", "10", "a", "b")
    assert found.codes.tolist() == [1, 0, 3, 0, 2, -1]


def test_parquet_gives_the_document_that_csv_gives(tmp_path: Path) -> None:
    toml = MINIMAL + 'by = "arm"\n[variables.arm]\nlabel = "Arm"\ntype = "categorical"\n'
    expected = run(tmp_path, toml)
    pl.DataFrame(
        {"t": [5, 8, 9, 12], "d": [1, 0, 1, 0], "arm": ["x", "x", "y", "y"]}
    ).write_parquet(tmp_path / "data.parquet")
    found = run(tmp_path, toml.replace("data.csv", "data.parquet"))
    assert found["values"] == expected["values"]
    assert found["analyses"] == expected["analyses"]


def test_the_types_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pl.DataFrame(
        {
            "n": [1, None, 3],
            "b": [True, False, None],
            "c": pl.Series(["x", None, "NA"], dtype=pl.Categorical),
            "d": [date(2020, 1, 1), None, date(2021, 1, 1)],
            "l": [[1], [2], [3]],
        }
    ).write_parquet(path)
    asked = data(file="data.parquet")
    assert read_names(path, asked) == ("n", "b", "c", "d", "l")
    table = read_table(path, asked, ["n", "b", "c", "d"])
    assert (table.place, table.lines.tolist()) == ("row", [1, 2, 3])
    np.testing.assert_array_equal(numbers(table, "n"), [1.0, np.nan, 3.0])
    assert codes(table, "b").labels == ("0", "1")
    assert codes(table, "c").codes.tolist() == [0, -1, -1]
    assert dates(table, "d").astype(str).tolist() == ["2020-01-01", "NaT", "2021-01-01"]
    with pytest.raises(InputError, match="a date where numbers are expected: '2020-01-01'"):
        numbers(table, "d")
    with pytest.raises(InputError, match=r"column 'l': it holds List"):
        read_table(path, asked, ["l"])


def test_nan_in_parquet_is_not_missing(tmp_path: Path) -> None:
    toml = MINIMAL.replace("data.csv", "data.parquet")
    pl.DataFrame({"t": [1.0, float("nan")], "d": [1, 0]}).write_parquet(tmp_path / "data.parquet")
    assert "not a finite number: 'nan' (row 2)" in mistake(tmp_path, toml)


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"abc")
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_folder_stands_for_its_study_file(tmp_path: Path) -> None:
    study = write(tmp_path)
    assert read_study(tmp_path) == read_study(study)


def test_the_id_column_names_the_records(tmp_path: Path) -> None:
    toml = HEAD.replace("[data]", '[data]\nid = "p"') + MINIMAL.removeprefix(HEAD)
    toml += '[[population]]\nexclude = "t > 8"\nreason = "Late"\n'
    rows = [f"{row},{name}" for row, name in zip(ROWS, ("p", "A1", "A2", "A3", "A4"), strict=True)]
    document = run(tmp_path, toml, rows)
    assert [entry["record"] for entry in document["population"]["left_out"]] == ["A3", "A4"]
    assert number(document, "a.overall.n") == 2


def test_decimal_commas(tmp_path: Path) -> None:
    toml = MINIMAL.replace("[data]", '[data]\nseparator = ";"\ndecimal = ","')
    toml += '[variables.age]\nlabel = "Age"\n[[population]]\nexclude = "age < 12.5"\n'
    toml += 'reason = "r"\n[[analyses]]\nid = "b"\nkind = "describe"\ntitle = "T"\n'
    toml += 'variables = ["age"]\n'
    rows = ["t;d;age", "5,25;1,0;12,5", "8;0;12,25", "9,5;0;,75", "7;1;20"]
    document = run(tmp_path, toml, rows)
    assert number(document, "b.age.overall.mean") == 16.25
    assert document["analyses"][0]["curves"][0]["time"] == [0, 5.25, 7]
    left_out = document["population"]["left_out"]
    assert [entry["value"] for entry in left_out] == ["12,25", ",75"]


@pytest.mark.parametrize("written", ['"\\t"', "'\\t'", '"\t"'])
def test_tabs_between_fields(tmp_path: Path, written: str) -> None:
    toml = MINIMAL.replace("[data]", f"[data]\nseparator = {written}")
    document = run(tmp_path, toml, ["t\td\tarm", "5\t1\tx"])
    assert number(document, "a.overall.n") == 1


def test_a_control_character_in_a_column_that_is_read_is_named_with_its_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,x\n2,C\x0bR\n", encoding="utf-8")
    assert read_table(path, data(), ["a"]).rows == 2
    with pytest.raises(InputError, match=r"data\.csv, line 3: the entry of 'b' .* U\+000B"):
        read_table(path, data(), ["b"])
