from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from atrisk.report import write_report
from atrisk.study import run_study
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, patients

if TYPE_CHECKING:
    from pathlib import Path

CUT = HEAD.replace("records = ", "cut_off = 2020-05-31\nrecords = ")


def rows_of(folder: Path, head: str) -> list[dict[str, str]]:
    document = run_study(forms_plan(folder, head + OS + SURVIVAL, patients()))
    assert document["data"]["provenance"]
    paths = write_report(document, folder / "report")
    path = folder / "report" / "tables" / "provenance.csv"
    assert path in paths
    results = json.loads((folder / "report" / "results.json").read_text(encoding="utf-8"))
    assert "provenance" not in results["data"]
    assert set(document["data"]) - set(results["data"]) == {"provenance"}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_patient_has_a_row_that_says_where_start_and_end_stand(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, HEAD)
    assert [(row["record"], row["centre"], row["used"], row["end"]) for row in rows] == [
        ("A-1", "A", "yes", "Death"),
        ("A-2", "A", "yes", "Censored"),
        ("B-3", "B", "yes", "Death"),
        ("B-4", "B", "no", ""),
    ]
    first = rows[0]
    assert {key: first[key] for key in ("endpoint", "time", "unit", "reason")} == {
        "endpoint": "Overall survival",
        "time": "121.0",
        "unit": "days",
        "reason": "",
    }
    parts = ("date", "column", "form", "field", "instance", "entry", "file", "line")
    assert [first[f"start_{part}"] for part in parts] == [
        *("2020-01-01", "start", "dose", "dose_date", "1", "2020-01-01", "dose.csv", "2"),
    ]
    assert [first[f"end_{part}"] for part in parts] == [
        *("2020-05-01", "death_date", "followup", "death_date", "1", "2020-05-01"),
        *("followup.csv", "2"),
    ]
    assert rows[3]["reason"] == "the end is before the start: start, death_date"
    assert (rows[3]["time"], rows[3]["end_date"]) == ("", "2019-12-31")


def test_the_cut_off_stands_in_no_form(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, CUT)
    assert (rows[2]["end_date"], rows[2]["end_form"], rows[2]["end_line"]) == (
        "2020-05-31",
        "data cut-off",
        "",
    )
    assert rows[2]["end"] == "Censored"


def test_synthetic_rows_say_so(tmp_path: Path) -> None:
    head = HEAD.replace('title = "A study on forms"', 'title = "T"\nsynthetic = true')
    assert {row["data"] for row in rows_of(tmp_path, head)} == {"synthetic"}
