"""Severity of SOS/VOD: every boundary of the EBMT table of 2016."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.severity import GRADES, Severity, _cells, grade
from atrisk.leukaemia.sosvod import Baseline, Day, bilirubin_mg_dl

# Mohty et al., Bone Marrow Transplant 2016;51:906, as in ashpublications.com/view-large/4463002.
MILD, MODERATE, SEVERE, VERY_SEVERE = GRADES
BASELINE = Baseline(weight=70.0, creatinine=1.0)


def graded(*, symptom: int | None = 2, bilirubin: float | None = None, **seen: object) -> Severity:
    """Grade a patient diagnosed on day 12 with one day of observations."""
    days = [Day(day=12, bilirubin=bilirubin, **seen)]  # type: ignore[arg-type]
    return grade(days, BASELINE, diagnosis_day=12, first_symptom_day=symptom)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, SEVERE), (4, SEVERE), (5, MODERATE), (7, MODERATE), (8, MILD), (12, MILD)],
)
def test_days_since_first_symptoms(days: int, expected: str) -> None:
    assert graded(symptom=12 - days).items == {"days_since_first_symptoms": expected}


@pytest.mark.parametrize(
    ("name", "seen", "expected"),
    [
        ("bilirubin", {"bilirubin": 1.99}, None),
        ("bilirubin", {"bilirubin": 2.0}, MILD),
        ("bilirubin", {"bilirubin": 2.99}, MILD),
        ("bilirubin", {"bilirubin": 3.0}, MODERATE),
        ("bilirubin", {"bilirubin": 4.99}, MODERATE),
        ("bilirubin", {"bilirubin": 5.0}, SEVERE),
        ("bilirubin", {"bilirubin": 7.99}, SEVERE),
        ("bilirubin", {"bilirubin": 8.0}, VERY_SEVERE),
        ("bilirubin", {"bilirubin": bilirubin_mg_dl(34.2)}, MILD),
        ("bilirubin", {"bilirubin": bilirubin_mg_dl(136.8)}, VERY_SEVERE),
        ("transaminases", {"transaminases": 2.0}, MILD),
        ("transaminases", {"transaminases": 2.01}, MODERATE),
        ("transaminases", {"transaminases": 5.0}, MODERATE),
        ("transaminases", {"transaminases": 5.01}, SEVERE),
        ("transaminases", {"transaminases": 8.0}, SEVERE),
        ("transaminases", {"transaminases": 8.01}, VERY_SEVERE),
        ("weight_gain", {"weight": 73.4}, MILD),
        ("weight_gain", {"weight": 73.5}, SEVERE),  # 5 to below 10 %: moderate and severe columns
        ("weight_gain", {"weight": 76.9}, SEVERE),
        ("weight_gain", {"weight": 77.0}, VERY_SEVERE),
        ("creatinine_ratio", {"creatinine": 1.19}, MILD),
        ("creatinine_ratio", {"creatinine": 1.2}, MODERATE),
        ("creatinine_ratio", {"creatinine": 1.49}, MODERATE),
        ("creatinine_ratio", {"creatinine": 1.5}, SEVERE),
        ("creatinine_ratio", {"creatinine": 1.99}, SEVERE),
        ("creatinine_ratio", {"creatinine": 2.0}, VERY_SEVERE),
    ],
)
def test_boundaries(name: str, seen: dict[str, float], expected: str | None) -> None:
    assert graded(**seen).items.get(name) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "at", "columns"),
    [
        ("days_since_first_symptoms", (8, 7, 5, 4), (MILD, MODERATE, MODERATE, SEVERE)),
        (
            "bilirubin",
            (2, 2.99, 3, 4.99, 5, 7.99, 8),
            (MILD,) * 2 + (MODERATE,) * 2 + (SEVERE,) * 2,
        ),
        ("transaminases", (1, 2, 2.01, 5, 5.01, 8), (MILD,) * 2 + (MODERATE,) * 2 + (SEVERE,) * 2),
        (
            "creatinine_ratio",
            (1.19, 1.2, 1.49, 1.5, 1.99, 2),
            (MILD, MODERATE, MODERATE, SEVERE, SEVERE),
        ),
    ],
)
def test_columns_tile(name: str, at: tuple[float, ...], columns: tuple[str, ...]) -> None:
    """Every value stands in one column: what lies beyond those named is very severe."""
    expected = [*columns, *[VERY_SEVERE] * (len(at) - len(columns))]
    assert [_cells(name, value) for value in at] == [(column,) for column in expected]


@pytest.mark.parametrize(
    ("gain", "columns"),
    [
        (4.99, (MILD,)),
        (5.0, (MODERATE, SEVERE)),
        (9.99, (MODERATE, SEVERE)),
        (10.0, (VERY_SEVERE,)),
    ],
)
def test_weight_of_5_to_10_percent_stands_in_two_columns(
    gain: float, columns: tuple[str, ...]
) -> None:
    assert _cells("weight_gain", gain) == columns


@pytest.mark.parametrize(
    ("first", "second", "apart", "ratio", "expected"),
    [
        (2.0, 4.0, 2, 2.0, SEVERE),
        (2.0, 3.99, 2, 1.995, None),
        (2.0, 4.0, 1, 2.0, SEVERE),
        (2.0, 4.0, 3, None, None),  # not within 48 hours: not known
        (0.4, 0.9, 2, 0.0, None),  # doubled, and below where the table begins
        (0.9, 2.0, 2, 2.0 / 0.9, SEVERE),
        (4.0, 2.0, 2, 0.5, None),
    ],
)
def test_doubling_within_48_hours(
    first: float, second: float, apart: int, ratio: float | None, expected: str | None
) -> None:
    days = [Day(day=12 - apart, bilirubin=first), Day(day=12, bilirubin=second)]
    found = grade(days, BASELINE, diagnosis_day=12, first_symptom_day=12)
    assert found.items.get("bilirubin_kinetics") == expected
    assert found.values.get("bilirubin_kinetics") == ratio
    assert ("bilirubin_kinetics" in found.missing) == (ratio is None)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"bilirubin": 2.0}, MILD),  # and more than 7 days
        ({"bilirubin": 3.0}, MILD),
        ({"bilirubin": 3.0, "transaminases": 3.0}, MODERATE),
        ({"bilirubin": 5.0, "transaminases": 3.0}, MODERATE),
        ({"bilirubin": 5.0, "weight": 74.0}, SEVERE),
        ({"weight": 74.0, "transaminases": 3.0}, MODERATE),
        ({"bilirubin": 8.0, "weight": 77.0}, VERY_SEVERE),
        ({"bilirubin": 8.0, "weight": 74.0}, SEVERE),
        ({"bilirubin": 2.0, "organ_failure": True}, VERY_SEVERE),
        ({"organ_failure": True}, VERY_SEVERE),
        ({}, None),
        ({"bilirubin": 1.0}, None),
    ],
)
def test_two_items_give_the_grade(seen: dict[str, object], expected: str | None) -> None:
    assert graded(**seen).grade == expected  # type: ignore[arg-type]


def test_a_note_says_where_the_letter_gives_another_grade() -> None:
    assert graded(bilirubin=8.0, weight=74.0).notes == (
        "counting only items of the column itself: no grade",
        "one very severe item (bilirubin); 'any time' is not counted as a second",
    )
    assert graded(bilirubin=5.0, weight=74.0).notes == ()


@pytest.mark.parametrize(
    ("umol_l", "noted"),
    [
        (33.9, False),
        (34.0, True),
        (34.1, True),
        (34.2, False),
        (50.9, False),
        (51.0, True),
        (84.9, False),
        (85.0, True),
        (135.9, False),
        (136.0, True),
        (136.8, False),
    ],
)
def test_printed_umol_l_are_rounded(umol_l: float, *, noted: bool) -> None:
    """The table prints 34, 51, 85 and 136 umol/L, 17 for each mg/dL; 2 mg/dL are 34.2 umol/L."""
    found = graded(bilirubin=bilirubin_mg_dl(umol_l))
    assert any("umol/L and not by its" in note for note in found.notes) is noted


@pytest.mark.parametrize(
    ("seen", "factors", "before", "after"),
    [
        ({"bilirubin": 2.0}, 1, MILD, MILD),
        ({"bilirubin": 2.0}, 2, MILD, MODERATE),
        ({"bilirubin": 3.0, "transaminases": 3.0}, 2, MODERATE, SEVERE),
        ({"bilirubin": 5.0, "weight": 74.0}, 4, SEVERE, SEVERE),
        ({"bilirubin": 5.0, "weight": 74.0}, None, SEVERE, SEVERE),
        ({}, 3, None, None),
    ],
)
def test_risk_factors_raise_only_when_given(
    seen: dict[str, object], factors: int | None, before: str | None, after: str | None
) -> None:
    found = grade(
        [Day(day=12, **seen)],  # type: ignore[arg-type]
        BASELINE,
        diagnosis_day=12,
        first_symptom_day=2,
        risk_factors=factors,
    )
    assert (found.before_risk_factors, found.grade) == (before, after)
    assert any("as counted by the user" in note for note in found.notes) == (factors is not None)


def test_the_worst_value_from_first_symptom_to_diagnosis_counts() -> None:
    days = [
        Day(day=3, bilirubin=9.0),
        Day(day=8, bilirubin=2.5),
        Day(day=12, bilirubin=2.0),
        Day(day=14, bilirubin=6.0),
    ]
    asked = {"diagnosis_day": 12, "first_symptom_day": 8}
    assert grade(days, BASELINE, **asked).values["bilirubin"] == 2.5
    assert grade(days, BASELINE, **asked, until=14).values["bilirubin"] == 6.0
    assert grade(days, BASELINE, diagnosis_day=12).values["bilirubin"] == 9.0


def test_missing_items_are_named_and_bound() -> None:
    found = grade([Day(day=12, bilirubin=2.5)], Baseline(), diagnosis_day=12)
    assert found.grade is None
    assert found.missing == (
        "days_since_first_symptoms",
        "bilirubin_kinetics",
        "transaminases",
        "weight_gain",
        "creatinine_ratio",
        "organ_failure",
    )
    assert found.at_most == VERY_SEVERE
    days = [
        Day(day=n, bilirubin=2.5, transaminases=1.0, weight=70.0, organ_failure=False)
        for n in (11, 12)
    ]
    known = grade(days, BASELINE, diagnosis_day=12)
    assert known.missing == ("days_since_first_symptoms", "creatinine_ratio")
    assert (known.grade, known.at_most) == (MILD, SEVERE)
    unsaid = [replace(one, organ_failure=None) for one in days]
    assert grade(unsaid, BASELINE, diagnosis_day=12).at_most == VERY_SEVERE


def test_a_doubling_before_the_first_symptom_does_not_count() -> None:
    days = [Day(day=n, bilirubin=b) for n, b in ((10, 2.0), (11, 4.0), (12, 4.0))]
    asked = {"diagnosis_day": 12, "first_symptom_day": 12}
    assert grade(days[:2], BASELINE, **asked).missing[0] == "bilirubin"
    assert "bilirubin_kinetics" not in grade(days[:2], BASELINE, **asked).items
    assert grade(days, BASELINE, **asked).items["bilirubin_kinetics"] == SEVERE


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"diagnosis_day": 12, "first_symptom_day": 13}, "first symptom is on day 13, after"),
        ({"diagnosis_day": 12, "until": 11}, "until is day 11, before the diagnosis on day 12"),
        ({"diagnosis_day": 12, "risk_factors": -1}, "risk_factors is -1"),
    ],
)
def test_contradictions_are_named(asked: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        grade([], BASELINE, **asked)


measured = st.builds(
    Day,
    day=st.integers(0, 14),
    bilirubin=st.sampled_from([None, 1.0, 2.0, 3.0, 5.0, 8.0]),
    transaminases=st.sampled_from([None, 1.0, 2.0, 2.1, 5.1, 8.1]),
    weight=st.sampled_from([None, 70.0, 73.5, 77.0]),
    creatinine=st.sampled_from([None, 1.0, 1.2, 1.5, 2.0]),
    organ_failure=st.sampled_from([None, False, False, True]),
)


def rank(name: str | None) -> int:
    return -1 if name is None else GRADES.index(name)


@given(st.lists(measured, max_size=4), measured, st.sampled_from([None, 2, 8]))
def test_more_observations_never_lower_the_grade(
    days: list[Day], more: Day, symptom: int | None
) -> None:
    asked = {"diagnosis_day": 12, "first_symptom_day": symptom}
    before = grade(days, BASELINE, **asked)  # type: ignore[arg-type]
    after = grade([*days, more], BASELINE, **asked)  # type: ignore[arg-type]
    assert rank(after.grade) >= rank(before.grade)
    assert rank(before.grade) <= rank(before.at_most)


@given(st.lists(measured, max_size=4), st.integers(0, 3))
def test_a_higher_bilirubin_never_lowers_the_grade(days: list[Day], at: int) -> None:
    asked = {"diagnosis_day": 12, "first_symptom_day": 0}
    worst = [
        replace(d, bilirubin=9.0) if n == at and d.day == 12 else d for n, d in enumerate(days)
    ]
    before, after = grade(days, BASELINE, **asked), grade(worst, BASELINE, **asked)
    assert rank(after.grade) >= rank(before.grade)


def test_the_table_has_its_source() -> None:
    assert load("sosvod-severity")["source"] == graded().source


def test_two_values_of_one_day_are_no_doubling() -> None:
    days = [Day(day=12, bilirubin=2.0), Day(day=12, bilirubin=4.0)]
    assert "bilirubin_kinetics" in grade(days, BASELINE, diagnosis_day=12).missing
