"""Deviations from the label over a small cohort; every count worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from atrisk.study.clinical.dose_analysis import dose_analysis
from atrisk.study.clinical_analyses import DoseDeviationsAnalysis
from clinical_records import Row, records

SLOTS = ("d1", "d8", "d15")
WEEKLY = (0, 7, 14)


def cycle(name: str, number: int, start: str, *doses: float, days: tuple[int, ...] = WEEKLY) -> Row:
    row: Row = {"id": name, "cyc_no": number}
    for slot, dose, after in zip(SLOTS, doses, days, strict=True):
        row[f"cyc_{slot}_date"] = str(np.datetime64(start) + after)
        row[f"cyc_{slot}_dose"] = dose
    return row


LABEL = (0.8, 0.5, 0.5)
LATER = (0.5, 0.5, 0.5)


def made(
    ids: str, *cycles: Row, forms: dict[str, list[Row]] | None = None, **options: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    cohort = records(list(ids), ino_cycle=list(cycles), **(forms or {}))
    asked = DoseDeviationsAnalysis(id="d", kind="dose_deviations", title="D", **options)
    node, entries = dose_analysis(asked, cohort)
    return node, {key: entry["value"] for key, entry in entries.items()}


def found(node: dict[str, Any], values: dict[str, Any]) -> dict[str, list[int]]:
    """Read the kinds that occur: deviations, cycles, patients."""
    parts = ("n", "cycles", "patients")
    rows = {
        kind["label"]: [values[f"{kind['id']}.{part}"] for part in parts] for kind in node["kinds"]
    }
    return {kind: row for kind, row in rows.items() if row[0]}


#: A's day 8 is on day 11; B goes on at 0.8 in remission, twice; C's second cycle cannot be judged.
CYCLES = (
    cycle("A", 1, "2020-01-01", *LABEL, days=(0, 10, 16)),
    cycle("B", 1, "2020-01-01", *LABEL),
    cycle("B", 2, "2020-01-29", *LABEL),
    cycle("B", 3, "2020-02-26", *LABEL),
    cycle("C", 1, "2020-01-01", *LABEL),
    cycle("C", 2, "2020-01-22", *LATER),
)
CR = [{"id": "B", "resp_date": "2020-01-22", "resp_call": "1", "resp_bm_blasts": 40}]
GONE = [{"id": "B", "hct_date": "2020-05-01"}]
FORMS = {"response": CR, "transplant": GONE}


def test_deviations_are_counted_by_kind() -> None:
    node, values = made("ABCD", *CYCLES, forms=FORMS)
    assert found(node, values) == {
        "dose above the label": [2, 2, 1],
        "outside the day window": [1, 1, 1],
    }
    totals = {"overall.n": 3, "cycles": 6, "doses": 18, "any.n": 3, "any.cycles": 3}
    totals |= {"any.patients": 2, "unjudged": 1, "undated": 0, "unrecorded": 0, "no_ino": 1}
    assert {key: values[key] for key in totals} == totals
    assert round(values["any.percent"], 6) == round(200 / 3, 6)


def test_deviations_are_listed_by_record() -> None:
    node, _ = made("ABC", *CYCLES, forms=FORMS)
    keys = ("record", "cycle", "dose", "deviation", "given", "label", "unit", "file", "line")
    assert [tuple(item[key] for key in keys) for item in node["listed"]] == [
        ("A", 1, "day 8", "outside the day window", "11", "6 to 10", "day of cycle",
         "ino_cycle.csv", 2),
        ("B", 2, "day 1", "dose above the label", "0.8", "0.5", "mg/m²", "ino_cycle.csv", 4),
        ("B", 3, "day 1", "dose above the label", "0.8", "0.5", "mg/m²", "ino_cycle.csv", 5),
    ]  # fmt: skip
    assert node["unjudged"] == [
        {
            "record": "C",
            "instance": 2,
            "reason": "day 1 dose: no response was assessed before the cycle",
        }
    ]


def test_only_the_deviations_that_are_asked_for() -> None:
    node, values = made("ABC", *CYCLES, forms=FORMS, deviations=("outside the day window",))
    assert [item["record"] for item in node["listed"]] == ["A"]
    assert values["any.n"] == 1
    assert [kind["label"] for kind in node["kinds"]] == ["outside the day window"]
    assert any(
        note.startswith("Not asked for and not counted: dose below") for note in node["notes"]
    )


def test_remission_by_rules() -> None:
    """The centre's CR with 40% blasts is none by the rules, so that 0.8 is the label's dose."""
    counts = {"resp_pb_blasts": 0, "resp_anc": 2, "resp_plt": 150, "resp_emd": 0}
    forms = {"response": [{**CR[0], **counts}], "transplant": GONE}
    node, values = made("ABC", *CYCLES, forms=forms, remission="rules")
    assert "dose above the label" not in found(node, values)
    assert "the rules 'label'" in node["rule"]
    node, _ = made("ABC", *CYCLES, forms=forms)
    assert "the centre's calls" in node["rule"]


def test_remission_by_another_set_of_rules() -> None:
    """Neutrophils of 1.0: in CR by the label; by ELN 2024 in MLFS, which is no remission."""
    counts = {"resp_pb_blasts": 0, "resp_anc": 1, "resp_plt": 150, "resp_emd": 0}
    forms = {"response": [{**CR[0], **counts, "resp_bm_blasts": 2}], "transplant": GONE}
    by_label = found(*made("ABC", *CYCLES, forms=forms, remission="rules"))
    assert by_label["dose above the label"] == [2, 2, 1]
    by_eln = made("ABC", *CYCLES, forms=forms, remission="rules", response="eln-2024")
    assert "dose above the label" not in found(*by_eln)
    assert "the rules 'eln-2024'" in by_eln[0]["rule"]


def test_mrd_decides_on_a_third_cycle() -> None:
    cycles = (
        cycle("A", 1, "2020-01-01", *LABEL),
        cycle("A", 2, "2020-01-22", *LATER),
        cycle("A", 3, "2020-02-19", *LATER),
    )
    forms: dict[str, Any] = {
        "response": [{"id": "A", "resp_date": "2020-01-20", "resp_call": "2"}],
        "transplant": [{"id": "A", "hct_date": "2020-04-01"}],
        "mrd": [
            {
                "id": "A",
                "mrd_date": "2020-02-15",
                "mrd_result": "1",
                "mrd_value": 0.005,
                "mrd_sensitivity": 0.001,
            }
        ],
    }
    assert found(*made("A", *cycles, forms=forms)) == {}
    assert found(*made("A", *cycles, forms=forms, mrd="ino-vate")) == {
        "third cycle in MRD-negative remission": [1, 1, 1]
    }


def test_doses_after_the_transplantation_are_not_judged() -> None:
    cycles = (cycle("A", 1, "2020-01-01", *LABEL), cycle("A", 2, "2020-06-01", 9, 9, 9))
    node, values = made("A", *cycles, forms={"transplant": [{"id": "A", "hct_date": "2020-03-01"}]})
    assert (values["doses"], values["doses_later"]) == (3, 3)
    assert found(node, values) == {}
    assert "3 doses are after the transplantation and not judged." in node["notes"]


def test_nobody_had_ino() -> None:
    node, values = made("A")
    assert (values["overall.n"], values["any.percent"]) == (0, None)
    assert node["listed"] == []
