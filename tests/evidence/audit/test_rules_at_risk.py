"""Numbers at risk: their start, their fall, the curve, the median, two endpoints, two states."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, found, only, stated

FALLS = "numbers at risk never rise"
START = "numbers at risk start with all"
ABOVE = "curve above its numbers at risk"
FALL = "fall of a curve against its numbers at risk"
HALF = "median against numbers at risk"
ROWS = "numbers at risk of two endpoints"
EMPTY = "a state entered later starts with nobody"
SUM = "states of a plot together"
GAIN = "transitions between states"


def row(*n, name="row", **fields):
    fields = {"of": "everyone", "endpoint": "OS", "unit": "months", "step": "12", **fields}
    fields = {key: value for key, value in fields.items() if value is not None}
    return stated("at_risk", name, n=[str(k) for k in n], **fields)


def at(time, estimate, unit="months", endpoint="OS", **fields):
    return stated(
        "survival",
        f"s_{time}",
        of="everyone",
        endpoint=endpoint,
        time=time,
        time_unit=unit,
        estimate=estimate,
        **fields,
    )


def median(estimate, endpoint="OS"):
    return stated(
        "median_time",
        f"median_{endpoint.lower()}",
        of="everyone",
        endpoint=endpoint,
        unit="months",
        estimate=estimate,
    )


def test_a_row_that_falls_and_one_that_rises():
    assert only(FALLS, cohort(), row(58, 31, 31, 0)).verdict is Verdict.CONSISTENT
    check = only(FALLS, cohort(), row(58, 13, 31, 0))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert check.numbers == ("row.n[1]", "row.n[2]")


def test_a_later_state_may_rise():
    assert found(FALLS, cohort(), row(0, 5, 9, first=False, plot="makuch", state="after")) == []


@pytest.mark.parametrize(
    ("first", "verdict"),
    [(58, Verdict.CONSISTENT), (59, Verdict.IMPOSSIBLE), (57, Verdict.UNCHECKED)],
)
def test_the_start_of_a_row(first, verdict):
    assert only(START, cohort(), row(first, 20)).verdict is verdict


def test_a_row_of_another_curve():
    check = only(START, cohort("17"), row(31, 27, 22, endpoint="RFS", step=None))
    assert check.verdict is Verdict.IMPOSSIBLE
    assert "Is it the row of another curve?" in check.arithmetic


def test_a_row_that_begins_later_may_be_shorter():
    assert found(START, cohort(), row(40, 20, times=["6", "12"], step=None)) == []
    over = only(START, cohort(), row(60, 20, times=["6", "12"], step=None))
    assert over.verdict is Verdict.IMPOSSIBLE


@pytest.mark.parametrize(
    ("n", "whole_months", "to_the_day"),
    [
        (30, Verdict.CONSISTENT, Verdict.CONSISTENT),
        (31, Verdict.UNCHECKED, Verdict.IMPOSSIBLE),
        (39, Verdict.UNCHECKED, Verdict.IMPOSSIBLE),
    ],
)
def test_a_survival_is_at_least_the_share_at_risk(n, whole_months, to_the_day):
    # at most 51 % as printed, 29.6 of 58; one patient may die on that very day, and all who leave
    # before the next number if times are whole months, which a median of 10.7 months excludes
    given = (cohort(), row(58, n, 20), at("1", "50", unit="years"))
    assert only(ABOVE, *given).verdict is whole_months
    assert only(ABOVE, *given, median("10.7", "RFS")).verdict is to_the_day
    assert only(ABOVE, *given, median("10.5", "RFS")).verdict is whole_months
    cited = median("10.7", "RFS") | {"study": "another"}
    assert only(ABOVE, *given, cited).verdict is whole_months


def test_a_survival_below_the_next_number_at_risk_is_impossible():
    # 30 are left at 24 months, more than 29.6 of 58: not all of them can have died at 12 months
    check = only(ABOVE, cohort(), row(58, 40, 30), at("12", "50"))
    assert check.verdict is Verdict.IMPOSSIBLE


def test_in_a_large_cohort_several_die_on_one_day():
    sizes = (cohort("800"), row(800, 412, 300), median("10.7", "RFS"), at("12", "50"))
    assert only(ABOVE, *sizes).verdict is Verdict.CONSISTENT  # 408 + 5 on that day


def test_an_incidence_leaves_room_for_those_at_risk():
    incidence = {"endpoint": "CIR", "what": "incidence"}
    rows = row(58, 40, 38, endpoint="CIR")
    assert only(ABOVE, cohort(), rows, at("12", "30", **incidence)).verdict is Verdict.CONSISTENT
    assert only(ABOVE, cohort(), rows, at("12", "40", **incidence)).verdict is Verdict.IMPOSSIBLE


def test_a_curve_beyond_its_last_patient():
    limits = {"lower": "10", "upper": "40"}
    check = only(ABOVE, cohort(), row(58, 20, 0), at("24", "20", **limits))
    assert check.verdict is Verdict.UNCHECKED  # or follow-up was cut off at 24 months
    assert "cut off" in check.missing


def test_no_ticks_or_another_time_leave_nothing_to_compare():
    assert found(ABOVE, cohort(), row(58, 55, step=None), at("12", "10")) == []
    assert found(ABOVE, cohort(), row(58, 55), at("13", "10")) == []
    assert len(found(ABOVE, cohort(), row(58, 55), at("365", "99", unit="days"))) == 1


def test_a_fall_greater_than_that_of_the_numbers_at_risk():
    good = only(FALL, cohort(), row(58, 30, 20), at("12", "60"), at("24", "40"))
    assert good.verdict is Verdict.CONSISTENT
    bad = (cohort(), row(58, 30, 29, 27), at("12", "60"), at("24", "40"))
    assert only(FALL, *bad).verdict is Verdict.IMPOSSIBLE
    open_end = (cohort(), row(58, 30, 29), at("12", "60"), at("24", "40"))
    assert only(FALL, *open_end).verdict is Verdict.UNCHECKED  # all 29 may die at 24 months
    assert only(FALL, *open_end, median("10.7", "RFS")).verdict is Verdict.IMPOSSIBLE


def test_half_at_risk_after_the_median():
    assert only(HALF, cohort(), row(58, 29), median("9")).verdict is Verdict.CONSISTENT
    assert only(HALF, cohort(), row(58, 31), median("9")).verdict is Verdict.IMPOSSIBLE
    assert only(HALF, cohort(), row(58, 31), median("12")).verdict is Verdict.CONSISTENT
    over = only(HALF, cohort(), row(58, 20, 0), median("26"))
    assert over.verdict is Verdict.IMPOSSIBLE
    assert "before it, nobody is at risk" in over.arithmetic


def test_a_follow_up_is_held_to_the_row_of_deaths_only():
    followed = median("9", "follow_up")
    assert only(HALF, cohort(), row(58, 31), followed).verdict is Verdict.UNCHECKED  # of survivors
    reverse = followed | {"method": "reverse Kaplan-Meier"}
    assert only(HALF, cohort(), row(58, 31), reverse).verdict is Verdict.IMPOSSIBLE
    of_relapse = row(58, 20, 0, endpoint="RFS")
    assert only(HALF, cohort(), of_relapse, median("26", "follow_up")).verdict is (
        Verdict.CONSISTENT
    )


def test_an_event_free_row_is_below_that_of_deaths():
    deaths = row(58, 40, 20, name="deaths")
    good = only(ROWS, cohort(), deaths, row(58, 30, 20, endpoint="RFS"))
    assert good.verdict is Verdict.CONSISTENT
    bad = only(ROWS, cohort(), deaths, row(58, 41, 20, endpoint="RFS"))
    assert (bad.verdict, bad.numbers) == (Verdict.INCONSISTENT, ("row.n[1]", "deaths.n[1]"))
    assert found(ROWS, cohort(), deaths, row(58, 41, endpoint="RFS", step="6")) == []


def states(first, later):
    plot = {"plot": "makuch"}
    return (
        row(*first, name="before", state="INO", **plot),
        row(*later, name="after", state="HSCT", first=False, **plot),
    )


def test_a_true_simon_makuch_plot():
    plot = (cohort("31"), *states((31, 18, 9, 2), (0, 9, 8, 5)))
    for rule in (EMPTY, SUM, GAIN):
        assert only(rule, *plot).verdict is Verdict.CONSISTENT


def test_the_second_state_printed_from_the_start():
    plot = (cohort("31"), *states((31, 27, 22, 19), (12, 12, 10, 9)))
    empty = only(EMPTY, *plot)
    assert (empty.verdict, empty.numbers) == (Verdict.INCONSISTENT, ("after.n[0]",))
    both = only(SUM, *plot)
    assert both.verdict is Verdict.IMPOSSIBLE
    assert "31 + 12 = 43 are at risk at the start, of 31" in both.arithmetic


def test_a_sum_that_rises_and_a_gain_without_a_loss():
    plot = (cohort("31"), *states((31, 20, 18), (0, 5, 9)))
    assert only(SUM, *plot).numbers == ("before.n[1]", "after.n[1]", "before.n[2]", "after.n[2]")
    gain = only(GAIN, *plot)
    assert gain.verdict is Verdict.IMPOSSIBLE
    assert gain.arithmetic == "HSCT gains 4 while the first state loses 2."


def test_the_states_make_up_the_numbers_at_risk():
    rule = "states of a plot make up the numbers at risk"
    plot = states((31, 18, 9, 2), (0, 9, 8, 5))
    good = found(rule, cohort("31"), *plot, row(31, 17, step="24"))
    assert [check.verdict for check in good] == [Verdict.CONSISTENT, Verdict.CONSISTENT]
    bad = found(rule, cohort("31"), *plot, row(31, 26, 17, 7))
    assert [check.numbers for check in bad if check.failed] == [
        ("before.n[1]", "after.n[1]", "row.n[1]")
    ]
    assert found(rule, cohort("31"), *plot, row(31, 26, step=None)) == []
    assert found(rule, cohort("31"), *plot, row(31, 26, endpoint="RFS")) == []


def test_sums_of_weights_are_no_numbers_of_patients():
    weighted = row("61.2", "30.4", "12.0")
    assert found(START, cohort(), weighted) == []
    assert found(FALLS, cohort(), weighted) == []
