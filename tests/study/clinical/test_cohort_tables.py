"""Deviations from the label and disagreements of response, over the forms of a cohort."""

from __future__ import annotations

from typing import Any

import numpy as np

from atrisk.study.clinical.comparisons import compare_responses, compare_rule_sets
from atrisk.study.clinical.deviations import DoseDeviations, dose_deviations
from clinical_records import Row, records

SLOTS = ("d1", "d8", "d15")


def cycle(name: str, number: int, start: str, *doses: float, days: tuple[int, ...]) -> Row:
    row: Row = {"id": name, "cyc_no": number}
    for slot, dose, after in zip(SLOTS, doses, days, strict=True):
        row[f"cyc_{slot}_date"] = str(np.datetime64(start) + after)
        row[f"cyc_{slot}_dose"] = dose
    return row


WEEKLY = (0, 7, 14)
PERFECT = {"resp_bm_blasts": 2, "resp_pb_blasts": 0, "resp_anc": 2, "resp_plt": 150, "resp_emd": 0}


def cohort() -> Any:
    """Patient A deviates on day 8, B goes on at 0.8 in remission, C is not assessed."""
    return records(
        ["A", "B", "C"],
        ino_cycle=[
            cycle("A", 1, "2020-01-01", 0.8, 0.5, 0.5, days=(0, 10, 16)),
            cycle("B", 2, "2020-01-29", 0.8, 0.5, 0.5, days=WEEKLY),
            cycle("B", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY),
            cycle("C", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY),
            cycle("C", 2, "2020-01-22", 0.5, 0.5, 0.5, days=WEEKLY),
        ],
        response=[{"id": "B", "resp_date": "2020-01-22", "resp_call": "1", **PERFECT}],
        transplant=[{"id": "B", "hct_date": "2020-03-20"}],
    )


def spelled(found: DoseDeviations) -> list[tuple[Any, ...]]:
    table = found.columns()
    names = ("record", "instance", "dose", "deviation", "given", "low", "high", "file", "line")
    return list(zip(*(table[name].tolist() for name in names), strict=True))


def test_a_dose_that_is_not_known_was_not_omitted() -> None:
    second = cycle("A", 2, "2020-01-22", 0.8, 0.5, 0.5, days=WEEKLY)
    first = cycle("A", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY)
    response = [{"id": "A", "resp_date": "2020-01-20", "resp_call": "4"}]
    for entry, given in (("", False), ("UNK", False), ("ND", True)):
        changed = {**second, "cyc_d8_dose": entry}
        found = dose_deviations(records(["A"], ino_cycle=[first, changed], response=response))
        assert (found.counts()["dose not given"] == (1, 1)) is given
        assert (("A", 2, "a dose is not known") in found.unjudged()) is not given


def test_an_assessment_that_rules_cannot_judge_does_not_say_no_remission() -> None:
    cycles = [
        cycle("A", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY),
        cycle("A", 2, "2020-01-22", 0.5, 0.5, 0.5, days=WEEKLY),
    ]
    unseen = [{"id": "A", "resp_date": "2020-01-20", "resp_call": "4"}]
    forms = records(["A"], ino_cycle=cycles, response=unseen)
    assert dose_deviations(forms).counts()["dose below the label"] == (1, 1)
    by_rules = dose_deviations(forms, response_by="rules")
    assert by_rules.counts()["dose below the label"] == (0, 0)
    assert [why for *_, why in by_rules.unjudged()] == [
        "day 1 dose: no response was assessed before the cycle"
    ]


def test_deviations_say_where_they_stand() -> None:
    found = dose_deviations(cohort())
    assert spelled(found) == [
        ("A", 1, "day 8", "outside the day window", 11.0, 6.0, 10.0, "ino_cycle.csv", 2),
        ("B", 1, "day 1", "dose above the label", 0.8, 0.5, 0.5, "ino_cycle.csv", 3),
    ]
    assert list(found.unjudged()) == [
        ("C", 2, "day 1 dose: no response was assessed before the cycle")
    ]
    assert {kind: n for kind, n in found.counts().items() if n[0]} == {
        "dose above the label": (1, 1),
        "outside the day window": (1, 1),
    }


def test_rules_may_judge_remission() -> None:
    """By the rules B is in remission as well; without counts nobody can say."""
    assert (
        "the rules 'eln-2024'"
        in dose_deviations(cohort(), response_by="rules", response_rules="eln-2024").rule
    )
    without = records(
        ["B"],
        ino_cycle=[
            cycle("B", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY),
            cycle("B", 2, "2020-01-29", 0.8, 0.5, 0.5, days=WEEKLY),
        ],
        response=[
            {"id": "B", "resp_date": "2020-01-22", "resp_call": "1", "resp_bm_blasts": 40},
        ],
    )
    kinds = [row[3] for row in spelled(dose_deviations(without))]
    assert kinds == ["dose above the label"]
    assert spelled(dose_deviations(without, response_by="rules")) == []


def test_mrd_decides_on_a_third_cycle() -> None:
    made = records(
        ["A"],
        ino_cycle=[
            cycle("A", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY),
            cycle("A", 2, "2020-01-22", 0.5, 0.5, 0.5, days=WEEKLY),
            cycle("A", 3, "2020-02-19", 0.5, 0.5, 0.5, days=WEEKLY),
        ],
        response=[{"id": "A", "resp_date": "2020-01-20", "resp_call": "2"}],
        mrd=[
            {
                "id": "A",
                "mrd_date": "2020-02-15",
                "mrd_result": "1",
                "mrd_value": 0.005,
                "mrd_sensitivity": 0.001,
            }
        ],
        transplant=[{"id": "A", "hct_date": "2020-04-01"}],
    )
    assert spelled(dose_deviations(made)) == []
    kinds = [row[3] for row in spelled(dose_deviations(made, mrd_rules="ino-vate"))]
    assert kinds == ["third cycle in MRD-negative remission"]


def test_a_dose_without_a_date_is_listed() -> None:
    row = cycle("A", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY)
    row["cyc_d8_date"] = ""
    made = records(["A"], ino_cycle=[row])
    assert list(dose_deviations(made).unjudged()) == [("A", 1, "timing: a dose has no date")]


def test_no_patients_deviate() -> None:
    found = dose_deviations(records([]))
    assert spelled(found) == []
    assert list(found.unjudged()) == []


def responses(*rows: Row) -> Any:
    return records(
        ["A"],
        ino_cycle=[cycle("A", 1, "2020-01-01", 0.8, 0.5, 0.5, days=WEEKLY)],
        response=[{"id": "A", **row} for row in rows],
    )


def assessed(day: str, call: str, **counts: Any) -> Row:
    return {"resp_date": day, "resp_call": call, **PERFECT, **counts}


def test_the_centre_beside_the_rules() -> None:
    made = responses(
        assessed("2020-01-22", "1"),
        assessed("2020-02-01", "1", resp_plt=60),
        assessed("2020-02-10", "2", resp_plt=60),
        assessed("2020-02-20", "4", resp_bm_blasts=""),
        assessed("2020-03-01", ""),
        assessed("2019-12-01", "1", resp_bm_blasts=80),
    )
    found = compare_responses(made)
    assert found.rule_calls == ("CR", "CRi", "cannot say")
    assert found.centre_calls == ("CR", "CRi", "PR", "refractory", "relapse", "not called")
    assert found.table.tolist() == [
        [1, 1, 0],
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 1],
        [0, 0, 0],
        [1, 0, 0],
    ]
    table = found.columns()
    names = ("record", "instance", "centre_call", "rule_call", "file", "line")
    assert [table[name].tolist() for name in names] == [
        ["A"],
        [2],
        ["CR"],
        ["CRi"],
        ["response.csv"],
        [3],
    ]
    assert "plt" in found.reasons[0]


def test_the_centre_beside_other_rules() -> None:
    """Neutrophils of exactly 1.0 are enough for the label and not for ELN 2024 (which asks > 1)."""
    made = responses(assessed("2020-01-22", "1", resp_anc=1.0))
    assert compare_responses(made).rows.tolist() == []
    found = compare_responses(made, "eln-2024")
    assert (found.rules, found.rows.tolist()) == ("eln-2024", [0])
    assert "anc" in found.reasons[0]


def test_two_sets_of_rules() -> None:
    made = responses(assessed("2020-01-22", "1", resp_anc=1.0), assessed("2020-02-22", "1"))
    found = compare_rule_sets(made, "label", "eln-2024")
    assert found.rows.tolist() == [0]
    assert "anc" in found.reasons[0]
