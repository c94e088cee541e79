"""Boundaries of the SOS/VOD criteria, each with the source that draws it."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.sosvod import (
    CRITERIA,
    Baseline,
    Day,
    bilirubin_mg_dl,
    bilirubin_umol_l,
    diagnose,
    ebmt_2023,
    side_by_side,
)
from sosvod_days import AT_70_KG, PAINFUL, day

WJG = "World J Gastroenterol 2019;25(28):3753, Table 2"
EBMT_2016 = "Mohty et al., Bone Marrow Transplant 2016;51:906"
EBMT_2023 = "Mohty et al., Bone Marrow Transplant 2023;58:749"


@pytest.mark.parametrize(
    ("criteria", "number", "seen", "met", "source"),
    [
        # bilirubin of exactly 2 mg/dL
        ("modified-seattle", 10, {"bilirubin": 2.0, "weight": 73.0}, False, f"{WJG}: >2"),
        ("modified-seattle", 10, {"bilirubin": 2.01, "weight": 73.0}, True, f"{WJG}: >2"),
        ("baltimore", 10, {"bilirubin": 2.0, "weight": 74.0, "ascites": True}, True, f"{WJG}: >=2"),
        ("baltimore", 10, {"bilirubin": 1.99, "weight": 74.0, "ascites": True}, False, WJG),
        (
            "ebmt-2016-classical",
            10,
            {"bilirubin": 2.0, "weight": 74.0, "ascites": True},
            True,
            f"{EBMT_2016}: >=2",
        ),
        ("ebmt-2023-probable", 10, {"bilirubin": 2.0, "weight": 74.0}, True, f"{EBMT_2023}: >=2"),
        ("ebmt-2023-probable", 10, {"bilirubin": 1.9, "weight": 74.0}, False, EBMT_2023),
        # weight gain of exactly 2 and 5 %
        ("modified-seattle", 10, {"bilirubin": 3.0, "weight": 71.4}, False, f"{WJG}: >2 %"),
        ("modified-seattle", 10, {"bilirubin": 3.0, "weight": 71.5}, True, f"{WJG}: >2 %"),
        ("baltimore", 10, {"bilirubin": 3.0, "weight": 73.5, "ascites": True}, False, f"{WJG}: >5"),
        ("baltimore", 10, {"bilirubin": 3.0, "weight": 73.6, "ascites": True}, True, f"{WJG}: >5"),
        ("ebmt-2023-probable", 10, {"bilirubin": 3.0, "weight": 73.5}, False, EBMT_2023),
        # the windows
        ("modified-seattle", 20, {"bilirubin": 3.0, "pain": True}, True, f"{WJG}: to day 20"),
        ("modified-seattle", 21, {"bilirubin": 3.0, "pain": True}, None, f"{WJG}: to day 20"),
        ("baltimore", 21, {"bilirubin": 3.0, "weight": 75.0, "ascites": True}, True, "to day 21"),
        ("baltimore", 22, {"bilirubin": 3.0, "weight": 75.0, "ascites": True}, None, "to day 21"),
        (
            "ebmt-2016-classical",
            21,
            {"bilirubin": 3.0, "weight": 75.0, "ascites": True},
            True,
            f"{EBMT_2016}: first 21 days",
        ),
        (
            "ebmt-2016-late",
            21,
            {"bilirubin": 3.0, "weight": 75.0, "ascites": True},
            None,
            f"{EBMT_2016}: after day 21",
        ),
        (
            "ebmt-2016-late",
            22,
            {"bilirubin": 3.0, "weight": 75.0, "ascites": True},
            True,
            f"{EBMT_2016}: classical picture after day 21",
        ),
        (
            "ebmt-2016-late",
            22,
            {"bilirubin": 2.0, "weight": 75.0, "ascites": True},
            True,
            f"{EBMT_2016}: classical picture, bilirubin >=2",
        ),
        # other routes of late onset
        ("ebmt-2016-late", 30, {"histology": True}, True, f"{EBMT_2016}: histology"),
        ("ebmt-2016-late", 30, {"weight": 75.0, "ascites": True}, False, EBMT_2016),
        (
            "ebmt-2016-late",
            30,
            {"weight": 75.0, "ascites": True, "ultrasound": True},
            True,
            f"{EBMT_2016}: two, and ultrasound",
        ),
        (
            "ebmt-2016-late",
            30,
            {"weight": 75.0, "ascites": True, "hvpg": 10.0},
            True,
            f"{EBMT_2016}: two, and haemodynamic",
        ),
        (
            "ebmt-2016-late",
            30,
            {"weight": 75.0, "hvpg": 10.0, "ultrasound": True},
            False,
            EBMT_2016,
        ),
        # HVPG of exactly 10 mmHg
        ("ebmt-2023-proven", 10, {"hvpg": 10.0}, True, f"{EBMT_2023}: >=10 mmHg"),
        ("ebmt-2023-proven", 10, {"hvpg": 9.9}, False, EBMT_2023),
        ("ebmt-2023-proven", 10, {"histology": True}, True, EBMT_2023),
        # pain
        ("modified-seattle", 10, {"bilirubin": 3.0, "pain": True}, True, f"{WJG}: liver or pain"),
        ("modified-seattle", 10, {"bilirubin": 3.0, "hepatomegaly": True}, True, WJG),
        (
            "baltimore",
            10,
            {"bilirubin": 3.0, "hepatomegaly": True, "ascites": True},
            True,
            f"{WJG}: hepatomegaly, usually painful",
        ),
        (
            "ebmt-2016-classical",
            10,
            {"bilirubin": 3.0, "hepatomegaly": True, "ascites": True},
            False,
            f"{EBMT_2016}: painful hepatomegaly",
        ),
        (
            "ebmt-2023-clinical",
            10,
            {"bilirubin": 3.0, **PAINFUL, "ascites": True},
            True,
            EBMT_2023,
        ),
        # anicteric disease
        ("modified-seattle", 10, {"weight": 75.0, "pain": True}, True, WJG),
        ("baltimore", 10, {"weight": 75.0, **PAINFUL, "ascites": True}, False, WJG),
        ("ebmt-2016-classical", 10, {"weight": 75.0, **PAINFUL, "ascites": True}, False, EBMT_2016),
        ("ebmt-2023-probable", 10, {"weight": 75.0, "ultrasound": True}, True, EBMT_2023),
        ("ebmt-2023-clinical", 10, {"weight": 75.0, **PAINFUL, "ascites": True}, False, EBMT_2023),
    ],
)
def test_boundaries(criteria, number, seen, met, source) -> None:
    found = diagnose([day(number, **seen)], AT_70_KG, criteria)
    assert found.met is met, source
    assert found.day == (number if met else None)


def test_side_by_side_gives_every_set_in_order() -> None:
    assert tuple(found.criteria for found in side_by_side([day(3)], AT_70_KG)) == CRITERIA
    assert set(CRITERIA) == set(load("sosvod")["criteria"])


def test_items_count_from_the_day_first_seen() -> None:
    days = [day(9, **PAINFUL), day(12, ascites=True), day(14, bilirubin=2.0), day(15)]
    found = diagnose(days, AT_70_KG, "baltimore")
    assert (found.met, found.day) == (True, 14)
    assert found.items == {"hepatomegaly": 9, "ascites": 12, "bilirubin >=2 mg/dL": 14}
    assert found.days_observed == 4


@pytest.mark.parametrize(
    ("within", "met", "on"),
    [(None, True, 14), (6, True, 14), (5, False, None), (1, False, None)],
)
def test_items_may_have_to_be_close_together(within, met, on) -> None:
    days = [day(9, **PAINFUL), day(12, ascites=True), day(14, bilirubin=2.0), day(15)]
    found = diagnose(days, AT_70_KG, "baltimore", within_days=within)
    assert (found.met, found.day) == (met, on)


def test_pain_and_liver_belong_to_one_day() -> None:
    days = [day(9, pain=True), day(10, hepatomegaly=True, bilirubin=3.0, ascites=True)]
    assert diagnose(days, AT_70_KG, "ebmt-2016-classical").met is False
    assert diagnose(days, AT_70_KG, "baltimore").met is True


def test_pain_may_be_waived() -> None:
    days = [day(9, bilirubin=3.0, hepatomegaly=True, ascites=True)]
    assert diagnose(days, AT_70_KG, "ebmt-2016-classical").met is False
    found = diagnose(days, AT_70_KG, "ebmt-2016-classical", pain_required=False)
    assert found.met is True


def test_days_before_transplantation_do_not_count() -> None:
    days = [day(-1, bilirubin=3.0, weight=75.0, ascites=True), day(1)]
    assert diagnose(days, AT_70_KG, "baltimore").met is False
    assert diagnose(
        [*days, day(0, bilirubin=3.0, weight=75.0, ascites=True)], AT_70_KG, "baltimore"
    ).met


def test_rows_of_one_day_are_one_day() -> None:
    days = [
        Day(day=10, bilirubin=3.0, hepatomegaly=True),
        Day(day=10, pain=True, weight=70.0, ascites=False),
        Day(day=10, bilirubin=2.0, ascites=True),
    ]
    found = diagnose(days, AT_70_KG, "ebmt-2023-clinical", within_days=1)
    assert (found.met, found.day, found.days_observed) == (True, 10, 1)
    assert found.missing == ()


@pytest.mark.parametrize(
    ("days", "level", "at_most", "on", "onset"),
    [
        ([day(10)], "none", "none", None, None),
        ([day(10, weight=75.0, ascites=True)], "probable", "probable", 10, "classical"),
        ([day(22, weight=75.0, ascites=True)], "probable", "probable", 22, "late"),
        (
            [day(21, weight=75.0, ascites=True), day(25, bilirubin=2.0)],
            "clinical",
            "clinical",
            25,
            "classical",
        ),
        (
            [day(12, weight=75.0, ascites=True, hvpg=None)],
            "probable",
            "proven",
            12,
            "classical",
        ),
        ([day(12, hvpg=11.0)], "proven", "proven", 12, "classical"),
        ([day(12, bilirubin=3.0, ascites=None, hvpg=None)], None, "proven", None, None),
        ([day(12, bilirubin=3.0, ascites=None)], None, "probable", None, None),
    ],
)
def test_highest_level_of_2023(
    days: list[Day], level: str | None, at_most: str, on: int | None, onset: str | None
) -> None:
    """Proven before clinical before probable; classical to day 21: Mohty et al. 2023."""
    found = ebmt_2023(days, AT_70_KG)
    assert (found.level, found.at_most, found.day, found.onset) == (level, at_most, on, onset)


@pytest.mark.parametrize("mg_dl", [0.4, 1.99, 2.0, 3.0, 5.0, 8.0])
def test_bilirubin_is_the_same_in_both_units(mg_dl: float) -> None:
    assert bilirubin_mg_dl(bilirubin_umol_l(mg_dl)) == pytest.approx(mg_dl, rel=1e-15)


def test_2_mg_dl_is_printed_as_34_2_umol_l() -> None:
    """World J Gastroenterol 2019;25(28):3753, Table 2."""
    assert bilirubin_umol_l(2.0) == 34.2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: diagnose([day(1)], AT_70_KG, "baltimor"),
            r"no SOS/VOD criteria 'baltimor'.*Did you mean 'baltimore'",
        ),
        (lambda: diagnose([day(1)], Baseline(weight=-70.0), "baltimore"), "baseline weight"),
        (lambda: diagnose([day(1, bilirubin=-1.0)], AT_70_KG, "baltimore"), "'bilirubin' is -1"),
        (lambda: diagnose([day(1)], AT_70_KG, "baltimore", within_days=0), "within_days is 0"),
        (
            lambda: diagnose([day(1)], AT_70_KG, "baltimore", gaps="no"),  # type: ignore[arg-type]
            "gaps is 'no'",
        ),
        (
            lambda: diagnose([Day(day=1.5)], AT_70_KG, "baltimore"),  # type: ignore[arg-type]
            "'day' is 1.5 in rows 0: give whole numbers",
        ),
    ],
)
def test_mistakes_are_named(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_every_set_has_its_source() -> None:
    facts = load("sosvod")
    assert {row["source"] for row in facts["criteria"].values()} <= set(facts["sources"])
    assert all(found.source for found in side_by_side([], AT_70_KG))


# Days of SOS/VOD after transplantation: Kayser et al., Haematologica 2024, Table 2.
KAYSER_2024 = [25, 42, 27, 17, 10, 5, 9, 11, 10, 18, 14, 34, 11, 8, 9, 13, 13]


@pytest.mark.parametrize(
    ("criteria", "met"),
    [
        ("modified-seattle", 13),
        ("baltimore", 13),
        ("ebmt-2016-classical", 13),
        ("ebmt-2016-late", 4),
        ("ebmt-2023-clinical", 17),
    ],
)
def test_four_of_seventeen_are_outside_the_classical_windows(criteria: str, met: int) -> None:
    picture = {"bilirubin": 3.0, "weight": 75.0, **PAINFUL, "ascites": True}
    found = [diagnose([day(on, **picture)], AT_70_KG, criteria).met for on in KAYSER_2024]
    assert found.count(True) == met
