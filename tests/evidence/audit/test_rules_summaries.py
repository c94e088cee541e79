"""Medians within ranges, quartiles in order, what is missing."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit import audit
from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, found, only, paper, stated


def summary(**numbers):
    return stated("summary", "age", of="everyone", variable="age", unit="years", **numbers)


@pytest.mark.parametrize(
    "numbers",
    [
        {"median": "42.5", "low": "16", "high": "69"},
        {"median": "16", "low": "16", "high": "69"},
        {"median": "16.5", "low": "17", "high": "69"},  # 16.5 may be printed 17
        {"q1": "30", "median": "42", "q3": "55"},
        {"low": "6", "q1": "30", "median": "42", "q3": "55", "high": "400"},
    ],
)
def test_numbers_in_order_are_consistent_as_bounds(numbers):
    check = only("order of a summary", cohort(), summary(**numbers))
    assert (check.verdict, check.bound) == (Verdict.CONSISTENT, True)
    assert len(check.numbers) == len(numbers)


@pytest.mark.parametrize(
    ("numbers", "pair"),
    [
        ({"median": "72", "low": "16", "high": "69"}, ("age.median", "age.high")),
        ({"median": "12", "low": "16", "high": "69"}, ("age.low", "age.median")),
        ({"low": "69", "high": "16"}, ("age.low", "age.high")),
        ({"q1": "50", "median": "42"}, ("age.q1", "age.median")),
    ],
)
def test_a_median_outside_its_range_is_impossible(numbers, pair):
    check = only("order of a summary", cohort(), summary(**numbers))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.numbers == pair


def test_a_mean_lies_within_its_range():
    rule = "mean within range"
    inside = only(rule, cohort(), summary(mean="40", low="16", high="69"))
    outside = only(rule, cohort(), summary(mean="70.6", low="16", high="69.9"))
    assert (inside.verdict, outside.verdict) == (Verdict.CONSISTENT, Verdict.IMPOSSIBLE)
    assert not found(rule, cohort(), summary(mean="40"))


def test_a_standard_deviation_is_at_most_what_the_range_allows():
    rule = "spread of a summary"
    # two patients at 0 and 10: 10 / sqrt(2) = 7.07; rounded ends allow 11.5 / sqrt(2) = 8.13
    inside = only(rule, cohort("2"), summary(sd="7.1", low="0", high="10"))
    outside = only(rule, cohort("2"), summary(sd="8.3", low="0", high="10"))
    assert (inside.verdict, outside.verdict) == (Verdict.CONSISTENT, Verdict.IMPOSSIBLE)
    assert "to 8.132" in outside.arithmetic


@pytest.mark.parametrize(
    ("missing", "verdict"), [("10", Verdict.CONSISTENT), ("58", Verdict.IMPOSSIBLE)]
)
def test_fewer_are_missing_than_there_are(missing, verdict):
    check = only("missing within set", cohort(), summary(median="5.9", missing=missing))
    assert check.verdict is verdict
    assert check.numbers == ("age.missing",)


@pytest.mark.parametrize(
    ("sd", "verdict"),
    [("5.6", Verdict.CONSISTENT), ("5.3", Verdict.IMPOSSIBLE), ("1.8", Verdict.IMPOSSIBLE)],
)
def test_a_standard_error_printed_as_standard_deviation(sd, verdict):
    # of 58 from 18 to 78 at least 60 / sqrt(2 x 57); as printed (77.5 - 19) / sqrt(114) = 5.48
    ages = stated("summary", "age", of="everyone", variable="age", unit="years", mean="50")
    check = only("spread of a summary", cohort(), ages | {"sd": sd, "low": "18", "high": "78"})
    assert check.verdict is verdict


def test_a_number_beside_a_finding_is_told_of_it():
    age = stated("summary", "age", of="everyone", variable="age", unit="years")
    age |= {"median": "51", "low": "22", "high": "49"}
    numbers = audit([paper(cohort(), age)])["papers"][0]["numbers"]
    missing = {n["address"]: n["missing"] for n in numbers}
    assert missing["age.low"] == "which of the numbers of a finding is right (order of a summary)"
    alone = stated("summary", "age", of="everyone", variable="age", unit="years", low="22")
    numbers = audit([paper(cohort(), alone)])["papers"][0]["numbers"]
    missing = {n["address"]: n["missing"] for n in numbers}
    assert missing["age.low"] == "the values of the patients, or the median beside it"
