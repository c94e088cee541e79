"""The analysis of response calls over a small cohort; every count worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from atrisk.study.clinical.response_analysis import response_analysis
from atrisk.study.clinical_analyses import ResponseRulesAnalysis
from clinical_records import Row, records

PERFECT = {"resp_bm_blasts": 2, "resp_pb_blasts": 0, "resp_anc": 2, "resp_plt": 150, "resp_emd": 0}


def assessed(name: str, day: str, call: str, **counts: Any) -> Row:
    return {"id": name, "resp_date": day, "resp_call": call, **PERFECT, **counts}


def dosed(name: str) -> Row:
    return {"id": name, "cyc_no": 1, "cyc_d1_date": "2020-01-01", "cyc_d1_dose": 0.8}


#: A agrees, differs in the platelets, agrees; B lacks the marrow, is not called, and was assessed
#: before INO; C never had INO.
ROWS = (
    assessed("A", "2020-01-22", "1"),
    assessed("A", "2020-02-01", "1", resp_plt=60),
    assessed("A", "2020-02-10", "2", resp_plt=60),
    assessed("B", "2020-01-22", "4", resp_bm_blasts=""),
    assessed("B", "2020-03-01", ""),
    assessed("B", "2019-12-01", "1", resp_bm_blasts=80),
    assessed("C", "2020-01-10", "3", resp_bm_blasts=20),
)


def made(*rows: Row, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    cohort = records(
        ["A", "B", "C"],
        ino_cycle=[dosed("A"), dosed("B")],
        transplant=[{"id": "B", "hct_date": "2020-02-15"}],
        response=list(rows or ROWS),
    )
    asked = ResponseRulesAnalysis(id="r", kind="response_rules", title="R", **options)
    node, entries = response_analysis(asked, cohort)
    return node, {key: entry["value"] for key, entry in entries.items()}


def crossed(node: dict[str, Any], values: dict[str, Any]) -> dict[str, list[int]]:
    """Read the table: the label of each row and its counts, in the order of the columns."""
    columns = [column["id"] for column in node["table"]["columns"]]
    return {
        row["label"]: [values[f"table.{row['id']}.{column}"] for column in columns]
        for row in node["table"]["rows"]
    }


def test_the_centre_beside_the_label() -> None:
    node, values = made()
    assert [column["label"] for column in node["table"]["columns"]] == ["CR", "CRi", "cannot say"]
    assert crossed(node, values) == {
        "CR": [1, 1, 0],
        "CRi": [0, 1, 0],
        "refractory": [0, 0, 1],
        "not called": [1, 0, 0],
    }
    assert [values[f"table.total.{call}"] for call in ("cr", "cri", "cannot_say")] == [2, 2, 1]
    assert values["table.cr.total"] == 2
    assert node["table"]["agree"] == [["cr", "cr"], ["cri", "cri"]]
    counts = {
        "overall.n": 2,
        "assessments": 5,
        "judged": 3,
        "agree": 2,
        "differ": 1,
        "differ_patients": 1,
        "undecided": 2,
        "first.open": 1,
        "second.open": 1,
        "second.missing.bm_blasts": 1,
        "reason_1.n": 1,
    }
    assert {key: values[key] for key in counts} == counts
    assert values["agree_percent"] == pytest.approx(200 / 3)


def test_reasons_are_in_words_and_rows_say_where_they_stand() -> None:
    node, _ = made()
    why = "Label: for CR not met: platelets ≥ 100 ×10⁹/L"  # noqa: RUF001
    assert node["reasons"] == [{"id": "reason_1", "first": "CR", "second": "CRi", "reason": why}]
    assert node["differing"] == [
        {
            "record": "A",
            "instance": 2,
            "date": "2020-02-01",
            "first": "CR",
            "second": "CRi",
            "reason": why,
            "recorded": "blasts in marrow 2%, blasts in blood 0%, neutrophils 2 ×10⁹/L,"  # noqa: RUF001
            " platelets 60 ×10⁹/L, no extramedullary disease",  # noqa: RUF001
            "file": "response.csv",
            "line": 3,
        }
    ]
    assert [(row["record"], row["reason"]) for row in node["undecided"]] == [
        ("B", "Label: not recorded: blasts in marrow"),
        ("B", "Centre: no call"),
    ]
    assert node["missing"] == [
        {"id": "bm_blasts", "judge": "second", "label": "blasts in marrow", "in_forms": True}
    ]


@pytest.mark.parametrize(
    ("period", "patients", "assessments"),
    [("from_ino", 2, 5), ("to_transplant", 2, 4), ("all", 3, 7)],
)
def test_which_assessments_count(period: str, patients: int, assessments: int) -> None:
    """B's of March is after the transplantation, B's of 2019 before INO; C had no INO."""
    _, values = made(assessments=period)
    assert (values["overall.n"], values["assessments"]) == (patients, assessments)


def test_a_call_that_a_set_does_not_have() -> None:
    node, _ = made(assessments="all")
    assert ("C", "Label: no rule of PR") in [(r["record"], r["reason"]) for r in node["differing"]]


def test_a_call_that_comes_after_another() -> None:
    """Failure by ELN 2024 is whatever is no better response: CR is tried before it."""
    node, _ = made(assessed("A", "2020-01-22", "4"), second="eln-2024")
    assert [item["reason"] for item in node["reasons"]] == [
        "ELN 2024: CR is met, and comes before refractory"
    ]


def test_two_sets_differ_at_the_boundary() -> None:
    """Neutrophils of exactly 1.0: CR by the label (>= 1), MLFS by ELN 2024 (> 1, CRi < 1)."""
    row = assessed("A", "2020-01-22", "4", resp_anc=1.0)
    node, values = made(row, first="label", second="eln-2024")
    assert crossed(node, values) == {"CR": [1]}
    assert [column["label"] for column in node["table"]["columns"]] == ["MLFS"]
    assert node["reasons"][0]["reason"] == (
        "ELN 2024: for CR not met: neutrophils > 1 ×10⁹/L; Label: no rule of MLFS"  # noqa: RUF001
    )
    assert [judge["id"] for judge in (node["first"], node["second"])] == ["label", "eln-2024"]
    assert "Blood 2024;143:1891" in node["second"]["source"]


def test_items_that_no_form_asks_for() -> None:
    """CIBMTR asks for transfusions and four weeks; without these items it can judge."""
    row = assessed("A", "2020-01-22", "1")
    node, values = made(row, second="cibmtr")
    assert values["second.open"] == 1
    assert {(item["id"], item["in_forms"]) for item in node["missing"]} == {
        ("transfusion_independent", False),
        ("duration_weeks", False),
    }
    assert any("Not read for each" in note for note in node["notes"])
    node, values = made(row, second="cibmtr", waive=("transfusion_independent", "duration_weeks"))
    assert (values["second.open"], values["agree"]) == (0, 1)
    assert not any("Not read for each" in note for note in node["notes"])


def test_crp_of_the_rules_agrees_with_cri_of_the_centre() -> None:
    row = assessed("A", "2020-01-22", "2", resp_plt=60)
    node, values = made(row, also=("CRp",))
    assert [column["label"] for column in node["table"]["columns"]] == ["CRp"]
    assert values["agree"] == 1
    assert node["table"]["agree"] == [["cri", "crp"]]


def test_crh_by_the_cut_offs_that_are_given() -> None:
    row = assessed("A", "2020-01-22", "2", resp_plt=60, resp_anc=0.8)
    node, _ = made(row, crh=("anc > 0.5", "plt > 50"))
    assert [column["label"] for column in node["table"]["columns"]] == ["CRh"]
    assert any("as given by the user" in note for note in node["second"]["notes"])


def test_relapse_by_the_rule_of_another_set() -> None:
    rows = (
        assessed("A", "2020-01-22", "1"),
        assessed("A", "2020-06-01", "5", resp_bm_blasts=40),
    )
    node, values = made(*rows)
    assert crossed(node, values)["relapse"] == [0, 1]
    assert node["table"]["columns"][1]["label"] == "unclassified"
    _, values = made(*rows, relapse="nci-asbmt-2010")
    assert values["agree"] == 2


def test_nobody_was_assessed() -> None:
    cohort = records(["A"], ino_cycle=[dosed("A")])
    asked = ResponseRulesAnalysis(id="r", kind="response_rules", title="R")
    node, entries = response_analysis(asked, cohort)
    assert entries["agree_percent"]["value"] is None
    assert node["table"] == {"rows": [], "columns": [], "agree": []}
    assert "No assessment of the patients analysed counts." in node["notes"]
