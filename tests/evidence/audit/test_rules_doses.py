"""Cumulative doses from schedules, with the readings that the words leave open."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit import audit
from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, only, paper, stated

FULL = [{"cycles": "1", "doses": ["0.8", "0.5", "0.5"]}, {"cycles": "5", "doses": ["0.5"] * 3}]


def dose(cumulative, schedule=FULL):
    return stated(
        "dose", "ino", regimen="ino", unit="mg/m2", schedule=schedule, cumulative=cumulative
    )


@pytest.mark.parametrize("printed", ["9.3", "9", "9.30"])
def test_the_schedule_as_printed(printed):
    check = only("cumulative dose", dose(printed))
    assert check.verdict is Verdict.CONSISTENT
    assert check.method == "the schedule as printed"
    assert check.arithmetic.startswith(
        "The schedule gives 1 x 1.800 + 5 x 1.500 = 9.300 mg/m2; the paper prints"
    )
    assert "ino.doses[5]" in check.against
    assert "ino.cycles[1]" in check.against


@pytest.mark.parametrize(
    ("printed", "reading"),
    [
        ("4.8", "only 3 of 6 cycles were given"),  # 1.8 + 2 x 1.5
        ("9.6", "the dose was changed 1 cycles later"),
        ("10.8", "the dose was changed 5 cycles later"),
    ],
)
def test_another_reading_of_the_words_leaves_it_unchecked(printed, reading):
    check = only("cumulative dose", dose(printed))
    assert check.verdict is Verdict.UNCHECKED
    assert reading in check.missing


def test_no_reading_gives_the_number():
    check = only("cumulative dose", dose("9.4"))
    assert check.verdict is Verdict.INCONSISTENT
    assert check.numbers == ("ino.cumulative",)
    assert [trial.gives for trial in check.tried][:3] == ["9.300", "7.800", "6.300"]


def test_a_course_of_very_many_cycles_is_not_tried_cycle_by_cycle():
    steps = [{"cycles": "1000000", "doses": ["1"]}, {"cycles": "1000000", "doses": ["2"]}]
    dose = stated("dose", "d", regimen="r", unit="mg", schedule=steps, cumulative="5")
    check = only("cumulative dose", cohort(), dose)
    assert check.verdict is Verdict.INCONSISTENT
    assert len(check.tried) == 1


@pytest.mark.parametrize(("total", "told"), [("4.9", True), (None, False)])
def test_the_steps_of_a_dose_that_fails_are_told_of_it(total, told):
    steps = [{"cycles": "1", "doses": ["0.8", "0.5", "0.5"]}, {"cycles": "2", "doses": ["1.5"]}]
    dose = stated("dose", "ino", regimen="ino", unit="mg/m2", schedule=steps)
    dose |= {} if total is None else {"cumulative": total}
    numbers = audit([paper(dose)])["papers"][0]["numbers"]
    missing = {n["address"]: n["missing"] for n in numbers}["ino.doses[0]"]
    wanted = "which of the numbers of a finding is right (cumulative dose)"
    assert missing == (wanted if told else "the cumulative dose")
