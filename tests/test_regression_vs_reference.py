"""Regression equals the values that R printed, stored with the scripts that made them."""

from __future__ import annotations

import pytest

import cases
import regression_cases
import regression_checks

STORED = [told for topic in regression_cases.TOPICS for told in cases.stored(topic)]
IDS = [f"{i} {regression_cases.name(case)}" for i, (case, _) in enumerate(STORED)]


@pytest.mark.parametrize(("case", "values"), STORED, ids=IDS)
def test_equals_r(case, values):
    check = regression_checks.CHECKS[case["call"]]
    check(case, cases.data_file(case), values, regression_cases.name(case))


def test_every_check_has_a_stored_case():
    assert {case["call"] for case, _ in STORED} == set(regression_checks.CHECKS)
