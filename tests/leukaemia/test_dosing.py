"""Doses of the label and sums of what was given; the numbers are from the sources named."""

from __future__ import annotations

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.dosing import (
    Course,
    cumulative_dose,
    cycles_given,
    first_day,
    label_cumulative_doses,
    label_schedule,
    last_day,
    until,
)

NAN = np.nan


def course(*rows: tuple[int, int, tuple[float, ...], tuple[float, ...]]) -> Course:
    """A course from (patient, cycle, days, doses)."""
    patient, cycle, day, dose = zip(*rows, strict=True)
    return Course(
        np.array(patient, dtype=np.int64),
        np.array(cycle, dtype=np.int64),
        np.array(day, dtype=np.float64),
        np.array(dose, dtype=np.float64),
    )


# Besponsa US prescribing information 3/2024, section 2.1, and EU summary of product
# characteristics, section 4.2: 0.8/0.5/0.5, then 0.5 on day 1 once in CR or CRi, six cycles;
# stopped after three cycles without.
@pytest.mark.parametrize(
    ("remission_after", "doses"),
    [
        (1, (1.8, 3.3, 4.8, 6.3, 7.8, 9.3)),
        (2, (1.8, 3.6, 5.1, 6.6, 8.1, 9.6)),
        (3, (1.8, 3.6, 5.4, 6.9, 8.4, 9.9)),
        (None, (1.8, 3.6, 5.4)),
    ],
)
def test_the_label_adds_up(remission_after: int | None, doses: tuple[float, ...]) -> None:
    assert label_cumulative_doses(remission_after) == doses


@pytest.mark.parametrize("cycle", [0, 4])
def test_the_label_stops_without_remission(cycle: int) -> None:
    with pytest.raises(InputError, match="stops INO when 3 cycles bring no CR or CRi"):
        label_cumulative_doses(cycle)


def test_the_label_says_what_its_text_says() -> None:
    label = label_schedule()
    assert label.days == (1, 8, 15)
    assert (label.day_window, label.days_between_doses) == (2, 6)
    assert (label.first_cycle_days, label.later_cycle_days) == ((21, 28), (28, 28))
    assert (label.max_cycles, label.cycles_before_transplant) == (6, 2)
    assert label.source.startswith("Besponsa US prescribing information")


FULL = (0.8, 0.5, 0.5)
LATER = (0.5, 0.5, 0.5)


# Kayser et al., Haematologica 2024, Table 2: patient 9 had 1.67 cycles; others 1, 2, 3 and 5.
@pytest.mark.parametrize(
    ("rows", "cycles", "dose"),
    [
        ([FULL], 1.0, 1.8),
        ([FULL, (0.5, 0.5, 0.0)], 1.67, 2.8),
        ([FULL, (0.5, 0.5, NAN)], 1.67, 2.8),
        ([FULL, (0.5, 0.0, 0.5)], 1.67, 2.8),
        ([FULL, (0.5, NAN, NAN)], 1.33, 2.3),
        ([FULL, LATER], 2.0, 3.3),
        ([FULL, LATER, LATER], 3.0, 4.8),
        ([FULL, LATER, LATER, LATER, LATER], 5.0, 7.8),
        ([(0.0, NAN, NAN)], 0.0, 0.0),
    ],
)
def test_cycles_are_counted_by_doses(
    rows: list[tuple[float, ...]], cycles: float, dose: float
) -> None:
    days = [(28.0 * k, 28.0 * k + 7, 28.0 * k + 14) for k in range(len(rows))]
    given = course(
        *((0, k + 1, day, row) for k, (day, row) in enumerate(zip(days, rows, strict=True)))
    )
    assert cycles_given(given, 1).tolist() == [cycles]
    assert cumulative_dose(given, 1).tolist() == [dose]


def test_patients_are_apart_and_one_without_doses_has_none() -> None:
    given = course(
        (0, 1, (10, 17, 24), FULL),
        (2, 1, (5, 12, NAN), (0.8, 0.5, 0)),
        (2, 2, (30, NAN, NAN), LATER),
    )
    assert cycles_given(given, 3).tolist() == [1.0, 0.0, 1.67]
    assert first_day(given, 3).tolist() == pytest.approx([10, NAN, 5], nan_ok=True)
    assert last_day(given, 3).tolist() == pytest.approx([24, NAN, 30], nan_ok=True)


def test_a_date_without_a_dose_is_no_infusion() -> None:
    given = course((0, 1, (10, 17, 24), (0.8, 0.5, 0.0)))
    assert last_day(given, 1).tolist() == [17]


@pytest.mark.parametrize(
    ("limit", "cycles"),
    [(41.0, 2.0), (35.0, 1.67), (34.0, 1.33), (20.0, 0.67), (0.0, 0.0), (NAN, 2.0)],
)
def test_doses_on_the_day_of_transplant_and_later_do_not_count(limit: float, cycles: float) -> None:
    given = course((0, 1, (0, 8, 20), FULL), (0, 2, (28, 34, 35), LATER))
    assert cycles_given(until(given, np.array([limit])), 1).tolist() == [cycles]


def test_a_dose_without_a_date_counts_from_its_cycle() -> None:
    given = course((0, 1, (0, NAN, NAN), FULL), (0, 2, (NAN, NAN, NAN), LATER))
    assert cycles_given(until(given, np.array([5.0])), 1).tolist() == [1.0]
    assert cycles_given(until(given, np.array([NAN])), 1).tolist() == [2.0]
