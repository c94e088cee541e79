"""SOS/VOD from the daily work-up by every set of criteria; boundaries: Mohty et al. 2016, 2023."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atrisk.study.clinical.comparisons import compare_sos_criteria
from atrisk.study.clinical.derive import derive
from atrisk.study.clinical.sos import SosRules
from clinical_records import Row, records

INO = {"cyc_no": 1, "cyc_d1_date": "2020-01-01", "cyc_d1_dose": 0.8}
HCT = "2020-03-01"


def day(after: int, **signs: Any) -> Row:
    signs = {f"sw_{name}": value for name, value in signs.items()}
    return {"sw_date": str(np.datetime64(HCT) + after), **signs}


SIGNS = {"hepatomegaly": "1", "pain": "1", "ascites": "0", "us": "0"}
WELL = {"bili": 1, "weight": 70, "hepatomegaly": "0", "pain": "0", "ascites": "0", "us": "0"}


def found(*rows: Row, second: str = "", **options: Any) -> dict[str, Any]:
    transplants = [{"id": "P", "hct_date": HCT}]
    if second:
        transplants.append({"id": "P", "hct_date": second})
    made = records(
        ["P"],
        baseline=[{"id": "P", "weight_kg": 70}],
        ino_cycle=[{"id": "P", **INO}],
        transplant=transplants,
        sos_workup=[{"id": "P", **row} for row in rows],
    )
    columns = {column.name: column.column for column in derive(made, **options)}
    return {
        name: column.text(0) if column.kind == "code" else column.values[0]
        for name, column in columns.items()
        if name.startswith("sos_")
    }


@pytest.mark.parametrize(
    ("after", "bili", "weight", "seattle", "baltimore"),
    [
        (9, 2.0, 74, 1, 1),
        (9, 2.1, 74, 1, 1),
        (9, 2.0, 73.5, 1, 0),
        (9, 1.9, 74, 1, 0),
        (20, 2.1, 74, 1, 1),
        (21, 2.1, 74, 0, 1),
        (22, 2.1, 74, 0, 0),
    ],
)
def test_criteria_side_by_side(
    after: int, bili: float, weight: float, seattle: float, baltimore: float
) -> None:
    """Weight 73.5 kg is exactly 5% above 70 kg, which is not more than 5%."""
    made = found(day(4, **WELL), day(after, bili=bili, weight=weight, **SIGNS))
    assert (made["sos_seattle"], made["sos_baltimore"]) == (seattle, baltimore)
    assert made["sos_baltimore_day"] == (
        after if baltimore else pytest.approx(float("nan"), nan_ok=True)
    )


def test_late_onset() -> None:
    made = found(day(4, **WELL), day(27, bili=3, weight=75, **SIGNS))
    assert (made["sos_ebmt_2016"], made["sos_ebmt_2016_late"]) == (0, 1)
    assert (made["sos_ebmt_2016_late_day"], made["sos_ebmt_2023"]) == (27, "clinical")
    assert made["sos_ebmt_2023_day"] == 27


def test_histology_is_proof() -> None:
    made = found(day(9, bili=1, weight=70, hepatomegaly="0", ascites="0", histology="1"))
    assert (made["sos_ebmt_2023"], made["sos_ebmt_2023_proven_day"]) == ("proven", 9)


def test_weight_gain_is_counted_from_the_last_weight_up_to_day_0() -> None:
    """On day 0 already 74 kg: 75 kg is not 5% more, although it is of the 70 kg before INO."""
    rows = [day(-3, weight=71), day(0, weight=74, bili=1, hepatomegaly="0", ascites="0", pain="0")]
    later = day(9, bili=2.5, weight=75, hepatomegaly="1", pain="1", ascites="0")
    assert found(later)["sos_baltimore"] == 1
    assert found(*rows, later)["sos_baltimore"] == 0


def test_days_after_the_next_transplantation_do_not_count() -> None:
    row = day(15, bili=2.5, weight=75, **SIGNS)
    assert found(row)["sos_baltimore"] == 1
    after = found(row, second="2020-03-10")["sos_baltimore"]
    assert np.isnan(after)


def test_what_is_missing_may_decide() -> None:
    rows = [
        day(9, bili=2.5, weight=71, hepatomegaly="1", pain="1", ascites="0"),
        day(10, bili=2.5, weight=71, hepatomegaly="1", pain="1"),
    ]
    unknown, absent = found(*rows), found(*rows, sos_gaps="absent")
    assert np.isnan(unknown["sos_baltimore"])
    assert absent["sos_baltimore"] == 0


def test_items_may_have_to_be_seen_together() -> None:
    rows = [
        day(5, bili=1, weight=75, hepatomegaly="1", pain="1", ascites="0"),
        day(12, bili=2.5, weight=70, hepatomegaly="0", pain="0", ascites="0"),
    ]
    assert found(*rows)["sos_baltimore"] == 1
    assert found(*rows, sos_within_days=1)["sos_baltimore"] == 0


def test_elastography_counts_only_with_a_threshold_of_the_user() -> None:
    row = day(9, bili=2.5, weight=70, hepatomegaly="0", pain="0", ascites="0", us="0", lsm=15)
    assert found(row, sos_elastography_kpa=12)["sos_ebmt_2023_probable"] == 1
    plain = found(row)["sos_ebmt_2023_probable"]
    assert plain != 1
    made = derive(records(["P"]), sos_elastography_kpa=12.0)
    rule = next(column.rule for column in made if column.name == "sos_ebmt_2023")
    assert "as given by the user, no source" in rule


@pytest.mark.parametrize(
    ("diagnosis", "sos", "grade", "fatal", "to_sos"),
    [
        (
            {"sos_yn": "1", "sos_date": "2020-03-12", "sos_grade": "5", "sos_fatal": "1"},
            1,
            "5",
            1,
            11,
        ),
        (
            {"sos_yn": "1", "sos_date": "2020-03-12", "sos_grade": "2", "sos_fatal": "0"},
            1,
            "2",
            0,
            11,
        ),
        ({"sos_yn": "0"}, 0, "", 0, None),
        ({"sos_yn": "0", "sos_grade": "3"}, 0, "", 0, None),
        ({"sos_yn": ""}, None, "", None, None),
    ],
)
def test_the_centres_diagnosis(
    diagnosis: Row, sos: float | None, grade: str, fatal: float | None, to_sos: float | None
) -> None:
    made = records(
        ["P"],
        ino_cycle=[{"id": "P", **INO}],
        transplant=[{"id": "P", "hct_date": HCT}],
        sos_diagnosis=[{"id": "P", **diagnosis}],
    )
    columns = {column.name: column.column for column in derive(made)}
    held = [columns[name] for name in ("sos", "sos_fatal", "hct_to_sos")]
    assert [column.values[0] if column.present[0] else None for column in held] == [
        sos,
        fatal,
        to_sos,
    ]
    assert columns["sos_grade"].text(0) == grade


def test_days_from_the_last_dose_to_sos() -> None:
    """Kayser et al. 2024, Table 2, patient 9: 25 days after INO, 10 after transplantation."""
    made = records(
        ["P"],
        ino_cycle=[{"id": "P", "cyc_no": 1, "cyc_d1_date": "2020-02-15", "cyc_d1_dose": 0.8}],
        transplant=[{"id": "P", "hct_date": HCT}],
        sos_diagnosis=[{"id": "P", "sos_yn": "1", "sos_date": "2020-03-11"}],
    )
    columns = {column.name: column.column.values[0] for column in derive(made)}
    assert (columns["ino_to_sos"], columns["hct_to_sos"], columns["ino_to_hct"]) == (25, 10, 15)


def test_without_a_transplantation_there_is_no_sos_after_it() -> None:
    made = records(
        ["P"],
        ino_cycle=[{"id": "P", **INO}],
        sos_diagnosis=[{"id": "P", "sos_yn": "1", "sos_date": "2020-03-11"}],
    )
    columns = {column.name: column.column for column in derive(made)}
    assert columns["sos"].missing.tolist() == [1]
    assert columns["sos_date"].text(0) == ""


def test_a_table_of_all_criteria() -> None:
    full = {"bili": 2.5, "weight": 75, **SIGNS}
    ids = ["A", "B", "C", "D", "E"]
    made = records(
        ids,
        baseline=[{"id": one, "weight_kg": 70} for one in ids],
        ino_cycle=[{"id": one, **INO} for one in ids],
        transplant=[{"id": one, "hct_date": HCT} for one in ids[:4]],
        sos_workup=[
            {"id": "A", **day(9, **full)},
            {"id": "B", **day(4, **WELL)},
            {"id": "B", **day(21, **full)},
            {"id": "C", **day(9, **WELL)},
            {"id": "E", **day(9, **full)},
        ],
        sos_diagnosis=[
            {"id": "A", "sos_yn": "1"},
            {"id": "B", "sos_yn": "1"},
            {"id": "C", "sos_yn": "0"},
            {"id": "E", "sos_yn": "1"},
        ],
    )
    table = compare_sos_criteria(made)
    rows = {name: table.counts[at].tolist() for at, name in enumerate(table.criteria)}
    assert rows["modified-seattle"] == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert rows["baltimore"] == [[1, 0, 0], [0, 2, 0], [0, 0, 1]]
    columns = table.columns()
    place = table.criteria.index("baltimore")
    assert (columns["sos_met"][place], columns["not_entered_open"][place]) == (2, 1)
    assert table.counts.sum(axis=(1, 2)).tolist() == [4] * 7


def test_the_table_reads_the_criteria_as_asked() -> None:
    """Liver and weight on day 5, bilirubin on day 12: never on one day."""
    made = records(
        ["A"],
        baseline=[{"id": "A", "weight_kg": 70}],
        ino_cycle=[{"id": "A", **INO}],
        transplant=[{"id": "A", "hct_date": HCT}],
        sos_workup=[
            {"id": "A", **day(5, **{**WELL, "weight": 75, "hepatomegaly": "1", "pain": "1"})},
            {"id": "A", **day(12, **{**WELL, "bili": 2.5})},
        ],
        sos_diagnosis=[{"id": "A", "sos_yn": "1"}],
    )
    at = compare_sos_criteria(made).criteria.index("baltimore")
    assert compare_sos_criteria(made).columns()["sos_met"][at] == 1
    together = compare_sos_criteria(made, SosRules(within_days=1))
    assert together.columns()["sos_not_met"][at] == 1


@pytest.mark.parametrize(
    ("rows", "grade"),
    [
        # EBMT 2016 table (Mohty et al.): bilirubin 2.0-2.9 mild, 3.0-4.9 moderate, 5.0-7.9 severe;
        # weight gain <5% mild, 5-10% severe; transaminases <=2 mild, 2-5 moderate, 5-8 severe.
        ([day(9, bili=2.5, weight=71, ast_xuln=1.5, organ_failure="0")], "mild"),
        ([day(9, bili=4.0, weight=71, ast_xuln=4.0, organ_failure="0")], "moderate"),
        ([day(9, bili=6.0, weight=71, alt_xuln=6.0, organ_failure="0")], "severe"),
        ([day(9, bili=2.5, weight=71, organ_failure="1")], "very severe"),
        ([day(9, bili=6.0, weight=71, ast_xuln=6.0), day(12, organ_failure="1")], "severe"),
        ([], ""),
    ],
)
def test_severity_on_the_day_of_diagnosis(rows: list[Row], grade: str) -> None:
    """Diagnosed on day 11: what came later does not count."""
    made = records(
        ["Q", "P"],
        baseline=[{"id": "P", "weight_kg": 70, "base_creat": 0.8}],
        ino_cycle=[{"id": "P", **INO}],
        transplant=[{"id": "P", "hct_date": HCT}],
        sos_workup=[{"id": "P", **row} for row in rows],
        sos_diagnosis=[{"id": "P", "sos_yn": "1", "sos_date": "2020-03-12"}],
    )
    columns = {column.name: column.column for column in derive(made, sos_severity=True)}
    assert [columns["sos_severity"].text(at) for at in (0, 1)] == ["", grade]
    assert "sos_severity" not in {column.name for column in derive(made)}
