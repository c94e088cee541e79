"""Weight and creatinine at transplantation, first symptoms, and the severity that follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atrisk.study.clinical.derive import derive
from clinical_records import Row, records

INO = {"id": "P", "cyc_no": 1, "cyc_d1_date": "2020-01-01", "cyc_d1_dose": 0.8}
HCT = "2020-03-01"


def date(after: int) -> str:
    return str(np.datetime64(HCT) + after)


def day(after: int, **signs: Any) -> Row:
    return {"id": "P", "sw_date": date(after)} | {f"sw_{name}": v for name, v in signs.items()}


def found(
    *rows: Row, transplants: tuple[Row, ...] = ({},), sos: Row | None = None, **baseline: Any
) -> dict[str, Any]:
    made = records(
        ["P"],
        baseline=[{"id": "P", **baseline}],
        ino_cycle=[INO],
        transplant=[{"id": "P", "hct_date": HCT} | row for row in transplants],
        sos_workup=list(rows),
        sos_diagnosis=[{"id": "P", "sos_yn": "1", "sos_date": date(11)} | (sos or {})],
    )
    return {column.name: column for column in derive(made, sos_severity=True)}


def used(column: Any) -> list[str]:
    """Name the fields that gave the value of the patient."""
    return [origin.field for origin in column.origin if origin.row[0] >= 0]


WORKUP = (day(-9, weight=71, creat=0.9), day(0, weight=72, creat=0.8), day(3, weight=75, creat=2))


@pytest.mark.parametrize(
    ("name", "transplant", "rows", "before", "value", "field"),
    [
        ("weight", {"hct_weight_kg": 69}, WORKUP, {"weight_kg": 70}, 69, "hct_weight_kg"),
        ("weight", {}, WORKUP, {"weight_kg": 70}, 72, "sw_weight"),
        ("weight", {"hct_weight_kg": 0}, WORKUP[:1], {"weight_kg": 70}, 71, "sw_weight"),
        ("weight", {"hct_weight_kg": "UNK"}, WORKUP[2:], {"weight_kg": 70}, 70, "weight_kg"),
        ("weight", {}, WORKUP[2:], {}, None, None),
        ("creat", {"hct_creat": 0.7}, WORKUP, {"base_creat": 1}, 0.7, "hct_creat"),
        ("creat", {}, WORKUP, {"base_creat": 1}, 0.8, "sw_creat"),
        ("creat", {"hct_creat": -1}, WORKUP[2:], {"base_creat": 1}, 1, "base_creat"),
        ("creat", {}, (), {"base_creat": 0}, None, None),
    ],
)
def test_the_baseline_is_the_nearest_to_the_transplantation(
    name: str,
    transplant: Row,
    rows: tuple[Row, ...],
    before: dict[str, float],
    value: float | None,
    field: str | None,
) -> None:
    column = found(*rows, transplants=(transplant,), **before)[f"hct_baseline_{name}"]
    held = column.column
    assert (held.values[0] if held.present[0] else None) == value
    assert used(column) == ([field] if field else [])


def test_the_baseline_is_that_of_the_first_transplantation() -> None:
    again = {"hct_date": "2021-01-01", "hct_weight_kg": 60}
    columns = found(transplants=({"hct_weight_kg": 69}, again))
    assert columns["hct_baseline_weight"].column.values[0] == 69


def test_without_a_transplantation_there_is_no_baseline() -> None:
    made = records(["P"], baseline=[{"id": "P", "weight_kg": 70}], ino_cycle=[INO])
    columns = {column.name: column for column in derive(made)}
    assert not columns["hct_baseline_weight"].column.present[0]


@pytest.mark.parametrize(("weight", "met"), [(70, 1), (72, 0)])
def test_the_criteria_count_from_the_weight_at_transplantation(weight: float, met: float) -> None:
    """74 kg is more than 5 % above 70 kg, and not above 72 kg."""
    row = day(9, bili=2.5, weight=74, hepatomegaly="1", pain="0", ascites="0")
    columns = found(row, transplants=({"hct_weight_kg": weight},), weight_kg=65)
    assert columns["sos_baltimore"].column.values[0] == met
    assert used(columns["sos_baltimore"]) == ["sw_date", "hct_weight_kg"]
    assert "hct_weight_kg, else the last sw_weight to day 0" in columns["sos_baltimore"].rule


# EBMT 2016 table (Mohty et al., Bone Marrow Transplant 2016;51:906): time since the first symptoms
# above 7 days mild, 5-7 moderate, up to 4 severe; bilirubin 5-7.9 mg/dL severe.
@pytest.mark.parametrize(
    ("symptom", "grade"),
    [
        (date(7), "severe"),
        (date(6), "moderate"),
        (date(4), "moderate"),
        (date(3), "mild"),
        (date(12), ""),
        (date(-1), ""),
        ("2020-03", ""),
        ("UNK", ""),
        ("", ""),
    ],
)
def test_the_time_since_the_first_symptoms_counts_where_known_to_the_day(
    symptom: str, grade: str
) -> None:
    """Severe bilirubin alone is one item; after the diagnosis or before day 0 cannot be."""
    columns = found(day(10, bili=6), sos={"sos_symptom_date": symptom})
    assert columns["sos_severity"].column.text(0) == grade
    assert "sos_symptom_date" in columns["sos_severity"].rule


def test_what_was_seen_before_the_first_symptoms_does_not_count() -> None:
    rows = (day(2, bili=9, ast_xuln=9), day(8, bili=2.5, ast_xuln=1))
    assert found(*rows)["sos_severity"].column.text(0) == "very severe"
    columns = found(*rows, sos={"sos_symptom_date": date(8)})
    assert columns["sos_severity"].column.text(0) == "mild"


@pytest.mark.parametrize(
    ("second", "grade"), [("", "very severe"), (date(15), "very severe"), (date(14), "severe")]
)
def test_at_its_worst_all_days_to_the_next_transplantation_count(second: str, grade: str) -> None:
    rows = (day(10, bili=6, ast_xuln=6), day(14, bili=9, ast_xuln=9))
    transplants: tuple[Row, ...] = ({}, {"hct_date": second}) if second else ({},)
    columns = found(*rows, transplants=transplants)
    assert columns["sos_severity"].column.text(0) == "severe"
    assert columns["sos_severity_highest"].column.text(0) == grade


@pytest.mark.parametrize(("creatinine", "grade"), [(0.8, "very severe"), (0.9, "severe")])
def test_creatinine_rises_from_that_at_transplantation(creatinine: float, grade: str) -> None:
    """Same table: very severe from twice the baseline; 1.6 is twice 0.8, less than twice 0.9."""
    row = day(10, bili=9, creat=1.6)
    columns = found(row, transplants=({"hct_creat": creatinine},), base_creat=1.6)
    assert columns["sos_severity"].column.text(0) == grade


@pytest.mark.parametrize(
    ("sos", "severity"), [({"sos_yn": "0"}, "none"), ({"sos_yn": ""}, ""), ({}, "")]
)
def test_severity_without_sos_is_none_and_without_an_answer_missing(
    sos: Row, severity: str
) -> None:
    """The last has SOS/VOD, and no item but one."""
    columns = found(day(10, bili=6), sos=sos | ({"sos_date": ""} if sos else {}))
    for name in ("sos_severity", "sos_severity_highest"):
        assert columns[name].column.text(0) == severity


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (0, 0)),
        ([{"brg_start": "2020-02-01", "brg_therapy___3": "1"}], (1, 1)),
        ([{"brg_start": "2020-02-01", "brg_therapy___1": "1"}], (1, 0)),
        ([{"brg_start": HCT, "brg_therapy___3": "1"}], (1, 1)),
        ([{"brg_start": "2020-03-02", "brg_therapy___3": "1"}], (0, 0)),
        ([{"brg_start": "2020-01-01", "brg_therapy___3": "1"}], (0, 0)),
        ([{"brg_therapy___3": "1"}], (1, 1)),
        (
            [
                {"brg_start": "2020-02-01", "brg_therapy___1": "1"},
                {"brg_start": "2020-04-01", "brg_therapy___3": "1"},
            ],
            (1, 0),
        ),
    ],
)
def test_therapy_between_ino_and_transplantation(
    rows: list[Row], expected: tuple[float, float]
) -> None:
    made = records(
        ["P", "Q"],
        ino_cycle=[INO],
        transplant=[{"id": "P", "hct_date": HCT}],
        bridging=[{"id": "P", **row} for row in rows] + [{"id": "Q", "brg_start": "2020-02-01"}],
    )
    columns = {column.name: column.column for column in derive(made)}
    names = ("bridging", "bridging_blinatumomab")
    assert tuple(columns[name].values[0] for name in names) == expected
    assert not any(columns[name].present[1] for name in names)
