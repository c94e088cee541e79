"""The package equals the values that R printed, stored with the scripts that made them."""

from __future__ import annotations

import pytest

import cases
import checks

TOPICS = ("kaplan_meier", "follow_up", "logrank", "competing_risks")
STORED = [(case, values) for topic in TOPICS for case, values in cases.stored(topic)]
IDS = [f"{i} {cases.name(case)}" for i, (case, _) in enumerate(STORED)]


@pytest.mark.parametrize(("case", "values"), STORED, ids=IDS)
def test_equals_the_stored_answer_of_r(case, values):
    checks.CHECKS[case["call"]](case, cases.data_file(case), values, cases.name(case))


def test_every_kind_of_answer_is_stored():
    assert {case["call"] for case, _ in STORED} == set(checks.CHECKS)
