from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.study.units import Clock, Milestone, milestone, parse_time


@pytest.mark.parametrize(
    ("written", "unit", "expected"),
    [
        ("1 year", "days", Milestone("t1y", "1 year", 365.25)),
        ("5 years", "months", Milestone("t5y", "5 years", 60.0)),
        ("6 months", "days", Milestone("t6m", "6 months", 182.625)),
        ("2 weeks", "days", Milestone("t2w", "2 weeks", 14.0)),
        ("100 days", "days", Milestone("t100d", "100 days", 100.0)),
        ("0.5 years", "years", Milestone("t0_5y", "0.5 years", 0.5)),
        (365, "days", Milestone("t365d", "365 days", 365.0)),
        (1.5, "years", Milestone("t1_5y", "1.5 years", 1.5)),
    ],
)
def test_a_written_time_becomes_a_milestone(
    written: str | float, unit: str, expected: Milestone
) -> None:
    assert milestone(written, unit) == expected


@pytest.mark.parametrize("written", ["one year", "1 yr", "", "1year 2", "-3 days", "1e3 days"])
def test_other_text_is_no_time(written: str) -> None:
    with pytest.raises(InputError, match="write a number, or a number and a unit"):
        parse_time(written, "days")


@pytest.mark.parametrize("written", [0, -1.0, float("inf"), float("nan"), "0 days"])
def test_a_time_lies_after_the_origin(written: str | float) -> None:
    with pytest.raises(InputError, match="above 0"):
        parse_time(written, "days")


def test_a_clock_converts_for_display() -> None:
    assert Clock("days", "years").reported(730.5) == 2.0
    assert Clock("days", "months").per_report_unit == 30.4375
    assert Clock("years", "days").reported(1.0) == 365.25
    assert Clock("weeks", "weeks").reported(3.0) == 3.0


@pytest.mark.parametrize(
    ("time", "unit", "report_unit", "expected"),
    [
        (394, "months", "years", "32.8 years"),
        (365.25, "days", "years", "1 year"),
        (45000, "days", "months", "1478 months"),
        (15, "days", "years", "0.0411 years"),
        (1820.5, "days", "days", "1820.5 days"),
        (1, "days", "days", "1 day"),
    ],
)
def test_a_time_is_spelled_in_the_report_unit(
    time: float, unit: str, report_unit: str, expected: str
) -> None:
    assert Clock(unit, report_unit).spelled(time) == expected
