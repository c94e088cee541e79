"""SOS/VOD over a cohort against a naive oracle, the scalar functions and invariants."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.leukaemia.sosvod import (
    CRITERIA,
    Baseline,
    Day,
    bilirubin_mg_dl,
    bilirubin_umol_l,
    ebmt_2023,
    side_by_side,
)
from atrisk.leukaemia.sosvod_cohort import (
    LEVELS,
    Observations,
    cohort_ebmt_2023,
    cohort_side_by_side,
)

NAMES = (
    "bilirubin",
    "weight",
    "hepatomegaly",
    "pain",
    "ascites",
    "ultrasound",
    "hvpg",
    "histology",
    "other_cause",
)
WEIGHT = Baseline(weight=70.0)
# What a missing entry may turn out to be: below and above every threshold.
MAY_BE = {
    "bilirubin": (0.5, 9.0),
    "weight": (70.0, 90.0),
    "hepatomegaly": (False, True),
    "pain": (False, True),
    "ascites": (False, True),
    "ultrasound": (False, True),
    "hvpg": (4.0, 15.0),
    "histology": (False, True),
}
DAILY = ("bilirubin", "weight", "hepatomegaly", "pain", "ascites")
ONCE = ("ultrasound", "hvpg", "histology")
USES = {
    "modified-seattle": ("bilirubin", "weight", "hepatomegaly", "pain"),
    "baltimore": ("bilirubin", "weight", "hepatomegaly", "ascites"),
    "ebmt-2016-classical": DAILY,
    "ebmt-2016-late": (*DAILY, *ONCE),
    "ebmt-2023-probable": (*DAILY, "ultrasound"),
    "ebmt-2023-clinical": DAILY,
    "ebmt-2023-proven": ("hvpg", "histology"),
}
WINDOW = {
    "modified-seattle": range(21),
    "baltimore": range(22),
    "ebmt-2016-classical": range(22),
    "ebmt-2016-late": range(22, 1000),
}


def findings(day: dict[str, Any], criteria: str) -> set[str]:
    """Items of one complete day, spelled out again from the publications."""
    if criteria.startswith("ebmt") and day["other_cause"]:
        return set()
    gain = round(100 * (day["weight"] - 70.0) / 70.0, 6)
    found = {
        "bilirubin": day["bilirubin"] >= 2,
        "liver": day["hepatomegaly"] and day["pain"],
        "gain": gain > 5,
        "ascites": day["ascites"],
        "imaging": day["ultrasound"],
        "pressure": day["hvpg"] >= 10,
        "histology": day["histology"],
    }
    if criteria == "baltimore":
        found["liver"] = day["hepatomegaly"]
    if criteria == "modified-seattle":
        found = {
            "bilirubin": day["bilirubin"] > 2,
            "liver": day["hepatomegaly"] or day["pain"],
            "gain": gain > 2,
        }
    return {name for name, there in found.items() if there}


def enough(found: set[str], criteria: str) -> bool:
    classical = "bilirubin" in found and len(found & {"liver", "gain", "ascites"}) >= 2
    if criteria == "modified-seattle":
        return len(found) >= 2
    if criteria == "ebmt-2016-late":
        two = len(found & {"bilirubin", "liver", "gain", "ascites"}) >= 2
        return classical or "histology" in found or (two and bool(found & {"imaging", "pressure"}))
    if criteria == "ebmt-2023-probable":
        return len(found & {"bilirubin", "liver", "gain", "ascites", "imaging"}) >= 2
    if criteria == "ebmt-2023-proven":
        return bool(found & {"histology", "pressure"})
    return classical


def first_day(days: list[dict[str, Any]], criteria: str, within: int | None) -> int | None:
    for last in days:
        found: set[str] = set()
        for one in days:
            if one["day"] <= last["day"] and (within is None or last["day"] - one["day"] < within):
                found |= findings(one, criteria)
        if enough(found, criteria):
            return int(last["day"])
    return None


def naive(days: list[Day], criteria: str, within: int | None) -> tuple[bool | None, int | None]:
    """Try every completion of the missing entries: met in all, in none, or cannot say."""
    window = WINDOW.get(criteria, range(1000))
    rows = [
        {name: getattr(d, name) for name in ("day", *NAMES)}
        for d in sorted(days, key=lambda d: d.day)
        if d.day in window
    ]
    if not rows:
        return None, None
    for name in ONCE:  # an investigation that was made once is not missing on other days
        if any(row[name] is not None for row in rows):
            for row in rows:
                row[name] = MAY_BE[name][0] if row[name] is None else row[name]
    blanks = [(at, n) for at, row in enumerate(rows) for n in USES[criteria] if row[n] is None]
    results = []
    for filling in product((0, 1), repeat=len(blanks)):
        trial = [
            {n: MAY_BE.get(n, (0, 0))[0] if v is None else v for n, v in r.items()} for r in rows
        ]
        for (at, name), which in zip(blanks, filling, strict=True):
            trial[at][name] = MAY_BE[name][which]
        results.append(first_day(trial, criteria, within))
    if all(result is not None for result in results):
        return True, results[0]  # nothing filled in: the day on which it is certain
    return (False if all(result is None for result in results) else None), None


sign = st.sampled_from([False, True, False, True, None])
a_day = st.builds(
    Day,
    day=st.sampled_from([-1, 0, 5, 19, 20, 21, 22, 23, 30]),
    bilirubin=st.sampled_from([0.5, 1.99, 2.0, 2.01, 5.0, None]),
    weight=st.sampled_from([70.0, 71.4, 71.5, 73.5, 73.6, 80.0, None]),
    hepatomegaly=sign,
    pain=sign,
    ascites=sign,
    ultrasound=sign,
    hvpg=st.sampled_from([5.0, 9.9, 10.0, None]),
    histology=st.sampled_from([False, False, True, None]),
    other_cause=st.sampled_from([None, False, False, True]),
)
some_days = st.lists(a_day, max_size=3, unique_by=lambda one: one.day)


@given(some_days, st.sampled_from([None, 1, 2, 4]))
def test_equals_the_naive_oracle(days: list[Day], within: int | None) -> None:
    for found in side_by_side(days, WEIGHT, within_days=within):
        assert (found.met, found.day) == naive(days, found.criteria, within), found.criteria


def number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def cohort_of(patients: list[list[Day]]) -> Observations:
    rows = [(at, one) for at, days in enumerate(patients) for one in days]
    return Observations(
        patient=np.array([at for at, _ in rows], dtype=int),
        day=np.array([one.day for _, one in rows], dtype=int),
        **{name: [number(getattr(one, name)) for _, one in rows] for name in NAMES},  # type: ignore[arg-type]
    )


@given(
    st.lists(st.lists(a_day, max_size=4), max_size=6),
    st.sampled_from([None, 1, 3]),
    st.sampled_from(["unknown", "absent"]),
    st.booleans(),
    st.randoms(),
)
def test_a_cohort_equals_its_patients(patients, within, gaps, pain, random) -> None:
    rows = cohort_of(patients)
    order = list(range(len(np.asarray(rows.day))))
    random.shuffle(order)
    shuffled = replace(
        rows, **{n: np.asarray(getattr(rows, n))[order] for n in ("patient", "day", *NAMES)}
    )
    options = {"within_days": within, "gaps": gaps, "pain_required": pain}
    found = cohort_side_by_side(shuffled, [70.0] * len(patients), **options)
    levels = cohort_ebmt_2023(found)
    for at, days in enumerate(patients):
        for one in side_by_side(days, WEIGHT, **options):
            theirs = found[one.criteria]
            assert {1: True, 0: False, -1: None}[int(theirs.met[at])] is one.met
            assert number(one.day) == pytest.approx(theirs.day[at], nan_ok=True)
            seen = {name: int(day[at]) for name, day in theirs.items.items() if day[at] >= 0}
            assert seen == one.items
            assert tuple(n for n, gone in theirs.missing.items() if gone[at]) == one.missing
            assert theirs.days_observed[at] == one.days_observed
        level = ebmt_2023(days, WEIGHT, **options)
        assert level.level == (None if levels.level[at] == -1 else LEVELS[levels.level[at]])
        assert level.at_most == LEVELS[levels.at_most[at]]
        assert number(level.day) == pytest.approx(levels.day[at], nan_ok=True)


@given(some_days, st.sampled_from([None, 1, 3]))
def test_proven_is_the_highest_level(days: list[Day], within: int | None) -> None:
    met = {one.criteria: one.met for one in side_by_side(days, WEIGHT, within_days=within)}
    level = ebmt_2023(days, WEIGHT, within_days=within)
    if met["ebmt-2023-proven"]:
        assert level.level == level.at_most == "proven"
    assert met["ebmt-2023-probable"] or not met["ebmt-2023-clinical"]


@given(some_days, a_day, st.sampled_from([None, 1, 3]), st.sampled_from(["unknown", "absent"]))
def test_an_observation_more_un_meets_nothing(
    days: list[Day], more: Day, within: int | None, gaps: Any
) -> None:
    options = {"within_days": within, "gaps": gaps}
    before = side_by_side(days, WEIGHT, **options)
    after = side_by_side([*days, more], WEIGHT, **options)
    for earlier, later in zip(before, after, strict=True):
        if earlier.met:
            assert later.met
            assert later.day is not None
            assert earlier.day is not None
            assert later.day <= earlier.day


@given(some_days, st.sampled_from(NAMES[:-1]))
def test_recording_what_is_missing_changes_no_answer(days: list[Day], name: str) -> None:
    """A known answer stays, whatever a missing daily entry or first investigation holds."""
    before = side_by_side(days, WEIGHT)
    for value in MAY_BE[name]:
        filled = [replace(d, **{name: value}) if getattr(d, name) is None else d for d in days]
        if name in ONCE and filled != days and any(getattr(d, name) is not None for d in days):
            continue
        for earlier, later in zip(before, side_by_side(filled, WEIGHT), strict=True):
            if earlier.met is not None:
                assert later.met is earlier.met


@given(some_days)
def test_the_unit_of_bilirubin_changes_nothing(days: list[Day]) -> None:
    there_and_back = [
        d
        if d.bilirubin is None
        else replace(d, bilirubin=bilirubin_mg_dl(bilirubin_umol_l(d.bilirubin)))
        for d in days
    ]
    assert side_by_side(there_and_back, WEIGHT) == side_by_side(days, WEIGHT)


@given(some_days, st.floats(min_value=0.1, max_value=10.0))
def test_the_unit_of_weight_changes_nothing(days: list[Day], factor: float) -> None:
    scaled = [d if d.weight is None else replace(d, weight=d.weight * factor) for d in days]
    assert side_by_side(scaled, Baseline(weight=70.0 * factor)) == side_by_side(days, WEIGHT)


@given(some_days)
def test_baltimore_has_the_items_of_ebmt_2016_classical(days: list[Day]) -> None:
    """The same where every large liver hurts and nothing has another cause; never met alone."""
    met = {one.criteria: one for one in side_by_side(days, WEIGHT)}
    assert met["baltimore"].met or not met["ebmt-2016-classical"].met
    alike = [replace(d, pain=d.hepatomegaly, other_cause=None) for d in days]
    for options in ({}, {"pain_required": False}):
        found = {one.criteria: one for one in side_by_side(alike, WEIGHT, **options)}  # type: ignore[arg-type]
        first, second = found["baltimore"], found["ebmt-2016-classical"]
        assert (first.met, first.day) == (second.met, second.day)
    without = [replace(d, other_cause=None) for d in days]
    waived = {one.criteria: one for one in side_by_side(without, WEIGHT, pain_required=False)}
    assert waived["baltimore"].met is waived["ebmt-2016-classical"].met


def test_one_set_may_be_asked_for() -> None:
    rows = cohort_of([[Day(day=1, bilirubin=1.0)]])
    assert list(cohort_side_by_side(rows, [70.0], criteria=["baltimore"])) == ["baltimore"]


def test_a_patient_without_rows_is_not_known() -> None:
    found = cohort_side_by_side(cohort_of([[Day(day=1, bilirubin=1.0)], []]), [70.0, 80.0])
    assert [int(found[name].met[1]) for name in CRITERIA] == [-1] * len(CRITERIA)
    assert cohort_ebmt_2023(found).level.tolist() == [-1, -1]


def test_what_nobody_recorded_may_be_left_out() -> None:
    rows = Observations(patient=[0], day=[10], bilirubin=[1.0])
    found = cohort_side_by_side(rows, [70.0])
    assert found["baltimore"].met.tolist() == [0]
    assert found["modified-seattle"].met.tolist() == [-1]


GOOD = {"patient": [0, 1], "day": [1, 2]}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({**GOOD, "patient": [0, 2]}, "rows 1 belong to patients 2, but there are 2 baseline"),
        ({**GOOD, "patient": [0]}, "'patient' has 1 rows and 'day' 2"),
        ({**GOOD, "day": [1, np.nan]}, "'day' is nan in rows 1"),
        ({**GOOD, "ascites": [0, 2]}, "'ascites' is 2.0 in rows 1. A sign is 1"),
        ({**GOOD, "hvpg": [0]}, "'hvpg' has shape"),
        ({**GOOD, "bilirubin": [-3, 1]}, "'bilirubin' is -3.0 in rows 0: it cannot be"),
        ({**GOOD, "weight": [np.inf, 1]}, "'weight' is inf in rows 0: it cannot be"),
    ],
)
def test_unusable_rows_are_named(rows: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cohort_side_by_side(Observations(**rows), [70.0, 80.0])


def test_levels_need_their_three_sets() -> None:
    found = cohort_side_by_side(Observations(**GOOD), [70.0, 80.0], criteria=["ebmt-2023-proven"])
    with pytest.raises(InputError, match="needs the criteria ebmt-2023-probable, ebmt-2023-cli"):
        cohort_ebmt_2023(found)
