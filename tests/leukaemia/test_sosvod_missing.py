"""What is not recorded: SOS/VOD is then met, not met, or left open, and never guessed."""

from __future__ import annotations

import pytest

from atrisk.leukaemia.sosvod import Baseline, diagnose, side_by_side
from sosvod_days import AT_70_KG, PAINFUL, day


@pytest.mark.parametrize(
    ("seen", "met", "missing"),
    [
        ({"bilirubin": 3.0, "weight": 75.0, "ascites": None}, None, ("ascites",)),
        ({"bilirubin": 1.0, "weight": 75.0, "ascites": None}, False, ("ascites",)),
        ({"bilirubin": 3.0, "weight": 70.0, "ascites": None}, False, ("ascites",)),
        (
            {"bilirubin": 3.0, "weight": 70.0, "ascites": None, "hepatomegaly": None},
            None,
            ("hepatomegaly", "ascites"),
        ),
        ({"bilirubin": None, "weight": 75.0, "ascites": True}, None, ("bilirubin >=2 mg/dL",)),
        (
            {"bilirubin": 3.0, "weight": 75.0, "ascites": True, "hepatomegaly": None},
            True,
            ("hepatomegaly",),
        ),
    ],
)
def test_a_missing_item_that_decides_gives_none(seen, met, missing) -> None:
    found = diagnose([day(10, **seen)], AT_70_KG, "baltimore")
    assert (found.met, found.missing) == (met, missing)


@pytest.mark.parametrize(
    ("liver", "pain", "met"),
    [(True, None, None), (None, True, None), (False, None, False), (None, False, False)],
)
def test_half_of_painful_hepatomegaly(liver, pain, met) -> None:
    seen = {"bilirubin": 3.0, "ascites": True, "hepatomegaly": liver, "pain": pain}
    assert diagnose([day(10, **seen)], AT_70_KG, "ebmt-2023-clinical").met is met


def test_without_a_baseline_weight_the_gain_is_missing() -> None:
    found = diagnose([day(10, bilirubin=3.0, weight=90.0, ascites=True)], Baseline(), "baltimore")
    assert (found.met, found.missing) == (None, ("weight gain >5 %",))


def test_a_blank_day_may_hide_a_sign_unless_gaps_are_absent() -> None:
    days = [
        day(9, ascites=False),
        day(10, bilirubin=3.0, weight=75.0, ascites=None),
        day(11, ascites=False),
    ]
    assert diagnose(days, AT_70_KG, "baltimore").met is None
    assert diagnose(days, AT_70_KG, "baltimore", gaps="absent").met is False
    never = [day(10, bilirubin=3.0, weight=75.0, ascites=None)]
    assert diagnose(never, AT_70_KG, "baltimore", gaps="absent").met is None


def test_an_investigation_made_once_is_not_missing_on_other_days() -> None:
    days = [day(9, hvpg=6.0, histology=None), day(10, hvpg=None, histology=None)]
    found = diagnose(days, AT_70_KG, "ebmt-2023-proven")
    assert (found.met, found.missing) == (None, ("histology",))
    days = [day(9, hvpg=6.0, histology=None), day(10, hvpg=None, histology=False)]
    assert diagnose(days, AT_70_KG, "ebmt-2023-proven").met is False


def test_no_day_in_the_window_is_not_a_no() -> None:
    found = diagnose([day(10)], AT_70_KG, "ebmt-2016-late")
    assert (found.met, found.days_observed) == (None, 0)
    assert "histology" in found.missing
    assert all(one.met is None for one in side_by_side([], AT_70_KG))


@pytest.mark.parametrize(
    ("stiffness", "ultrasound", "threshold", "met"),
    [
        (8.0, None, None, None),  # EBMT 2023 names no threshold: the user must
        (8.0, False, None, None),
        (8.0, True, None, True),
        (7.5, None, 7.5, True),  # 7.5 kPa: PMC11296942
        (7.4, None, 7.5, False),
        (7.4, True, 7.5, True),
        (None, False, 7.5, False),
        (None, None, 7.5, None),
    ],
)
def test_elastography_needs_a_threshold_of_the_user(stiffness, ultrasound, threshold, met) -> None:
    days = [day(10, weight=75.0, ultrasound=ultrasound, elastography=stiffness)]
    found = diagnose(days, AT_70_KG, "ebmt-2023-probable", elastography_kpa=threshold)
    assert found.met is met


def test_unread_stiffness_stays_open_after_a_negative_ultrasound() -> None:
    days = [day(10, weight=75.0), day(11, ultrasound=None, elastography=8.0)]
    assert diagnose(days, AT_70_KG, "ebmt-2023-probable").met is None


def test_findings_with_another_cause_do_not_count_for_ebmt() -> None:
    """EBMT: not attributable to other causes (Mohty 2016, 2023); Baltimore does not ask."""
    seen = {"bilirubin": 3.0, "weight": 75.0, **PAINFUL, "hvpg": 12.0, "other_cause": True}
    by_name = {found.criteria: found.met for found in side_by_side([day(10, **seen)], AT_70_KG)}
    assert by_name["baltimore"] is True
    assert by_name["modified-seattle"] is True
    assert [by_name[f"ebmt-2023-{level}"] for level in ("probable", "clinical", "proven")] == [
        False,
        False,
        False,
    ]
    again = [day(10, **seen), day(11, **{**seen, "other_cause": False})]
    assert diagnose(again, AT_70_KG, "ebmt-2023-clinical").day == 11


def test_what_is_missing_on_a_day_with_another_cause_does_not_matter() -> None:
    seen = {"bilirubin": 3.0, "weight": 75.0, "ascites": None, "histology": None, "hvpg": None}
    days = [day(10, **seen, other_cause=True)]
    for criteria in ("ebmt-2023-clinical", "ebmt-2023-proven"):
        found = diagnose(days, AT_70_KG, criteria)
        assert (found.met, found.missing) == (False, ())
    assert diagnose(days, AT_70_KG, "baltimore").met is None
    open_ = [*days, day(10, **seen)]
    assert diagnose(open_, AT_70_KG, "ebmt-2023-clinical").met is None
