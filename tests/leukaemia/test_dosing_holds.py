"""Hold and discontinue: Besponsa US prescribing information 3/2024, section 2.3; EU, 4.2."""

from __future__ import annotations

from typing import Any

import pytest

from atrisk.leukaemia.dosing_holds import check_cycle, check_dose, check_start

NORMAL: dict[str, Any] = {"bilirubin_xuln": 1.0, "transaminases_xuln": 1.0}


@pytest.mark.parametrize(
    ("values", "action"),
    [
        ({}, "give"),
        ({"bilirubin_xuln": 1.5, "transaminases_xuln": 2.5}, "give"),
        ({"bilirubin_xuln": 1.6}, "hold"),
        ({"transaminases_xuln": 2.6}, "hold"),
        ({"bilirubin_xuln": 3, "gilbert_or_haemolysis": True}, "give"),
        ({"bilirubin_xuln": None, "gilbert_or_haemolysis": True}, "give"),
        ({"bilirubin_xuln": None}, "cannot say"),
        ({"bilirubin_xuln": None, "transaminases_xuln": 3}, "hold"),
        ({"sos": True}, "discontinue"),
        ({"severe_liver_toxicity": True}, "discontinue"),
        ({"infusion_reaction": "present"}, "hold"),
        ({"infusion_reaction": "severe"}, "discontinue"),
        ({"other_toxicity_grade": 1}, "give"),
        ({"other_toxicity_grade": 2}, "hold"),
        ({"other_toxicity_grade": 2, "sos": True}, "discontinue"),
    ],
)
def test_before_each_dose(values: dict[str, Any], action: str) -> None:
    assert check_dose(**{**NORMAL, **values}).action == action


COUNTS: dict[str, Any] = {
    "anc": 1.5,
    "platelets": 90,
    "anc_before_ino": 2.0,
    "platelets_before_ino": 120,
}
LOW: dict[str, Any] = {
    "anc_before_ino": 0.5,
    "platelets_before_ino": 30,
    "anc_before_cycle": 0.6,
    "platelets_before_cycle": 40,
}


@pytest.mark.parametrize(
    ("values", "action"),
    [
        ({}, "give"),
        ({"anc": 1.0, "platelets": 50}, "give"),
        ({"anc": 0.99}, "hold"),
        ({"platelets": 49}, "hold"),
        ({"anc": 0.9, "days_low": 29, "suspected_ino": True}, "discontinue"),
        ({"anc": 0.9, "days_low": 28, "suspected_ino": True}, "hold"),
        ({"anc": 0.9, "days_low": 29}, "hold"),
        ({"anc": 0.9, "due_to_disease": True}, "hold"),
        ({"anc": None}, "cannot say"),
        ({"anc": 0.9, "anc_before_ino": None}, "hold"),
        ({**LOW, "anc": 0.6, "platelets": 40}, "give"),
        ({**LOW, "anc": 0.5, "platelets": 40}, "hold"),
        ({**LOW, "anc": 0.5, "platelets": 40, "due_to_disease": True}, "give"),
        ({**LOW, "anc": 1.0, "platelets": 50}, "give"),
        ({**LOW, "anc": 0.5, "platelets": 30, "days_low": 40, "suspected_ino": True}, "hold"),
    ],
)
def test_at_the_start_of_a_cycle(values: dict[str, Any], action: str) -> None:
    assert check_cycle(**{**COUNTS, **values}).action == action


START: dict[str, Any] = {"cd22_percent": 95, "peripheral_blasts_per_ul": 10_000, **NORMAL}


@pytest.mark.parametrize(
    ("values", "action", "words"),
    [
        ({}, "give", ()),
        ({"peripheral_blasts_per_ul": 10_001}, "hold", ("10001 peripheral blasts",)),
        ({"cd22_percent": 0}, "hold", ("no blast is CD22-positive",)),
        ({"cd22_percent": 0.1}, "give", ()),
        ({"bilirubin_xuln": 1.51}, "hold", ("bilirubin 1.51 x ULN is above 1.5",)),
        ({"cd22_percent": None}, "cannot say", ()),
    ],
)
def test_before_the_first_dose(values: dict[str, Any], action: str, words: tuple[str, ...]) -> None:
    check = check_start(**{**START, **values})
    assert check.action == action
    assert len(check.reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, check.reasons, strict=True))


def test_a_warning_is_no_hold() -> None:
    check = check_start(**START, prior_sos=True, serious_liver_disease=True)
    assert check.action == "give"
    assert [text.split(":")[0] for text in check.warnings] == [
        "prior SOS/VOD",
        "serious liver disease",
    ]


def test_what_is_missing_is_named() -> None:
    check = check_start(
        cd22_percent=None,
        peripheral_blasts_per_ul=None,
        bilirubin_xuln=None,
        transaminases_xuln=None,
    )
    assert check.missing == ("bilirubin", "AST/ALT", "CD22", "peripheral blasts")
    assert "prescribing information" in check.source
