"""Doses against the label: Besponsa US prescribing information 3/2024, section 2.1 and Table 1."""

from __future__ import annotations

import numpy as np
import pytest

from atrisk.leukaemia.dosing import Course
from atrisk.leukaemia.dosing_deviations import KINDS, Deviations, Remission, label_deviations

NAN = np.nan
FULL = (0.8, 0.5, 0.5)
LATER = (0.5, 0.5, 0.5)
Row = tuple[int, int, tuple[float, ...], tuple[float, ...]]


def deviations(
    rows: list[Row],
    reached: float = NAN,
    assessed: float = NAN,
    negative: float = NAN,
    *,
    transplanted: bool = False,
) -> Deviations:
    patient, cycle, day, dose = zip(*rows, strict=True)
    course = Course(np.array(patient), np.array(cycle), np.array(day, float), np.array(dose, float))
    count = max(patient) + 1
    known = Remission(*(np.full(count, at) for at in (reached, assessed, negative)))
    return label_deviations(course, known, np.full(count, transplanted))


def found(given: Deviations) -> list[tuple[str, int, int, float]]:
    """Kind, cycle position, dose position, what was given."""
    return list(
        zip(
            given.kinds(),
            given.row.tolist(),
            given.dose.tolist(),
            given.given.round(6).tolist(),
            strict=True,
        )
    )


def test_the_label_itself_deviates_nowhere() -> None:
    rows = [(0, 1, (0, 7, 14), FULL)]
    rows += [(0, k + 2, (21 + 28 * k, 28 + 28 * k, 35 + 28 * k), LATER) for k in range(5)]
    judged = deviations(rows, reached=20, assessed=20)
    assert found(judged) == []
    assert judged.unjudged.tolist() == judged.undated.tolist() == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((0, 5, 12), [("too soon after the last dose", 0, 1, 5.0)]),
        ((0, 6, 12), []),
        ((0, 9, 16), []),
        ((0, 10, 16), [("outside the day window", 0, 1, 11.0)]),
        ((0, 7, 17), [("outside the day window", 0, 2, 18.0)]),
        ((0, 9, 14), [("too soon after the last dose", 0, 2, 5.0)]),
        (
            (0, 4, 14),
            [("outside the day window", 0, 1, 5.0), ("too soon after the last dose", 0, 1, 4.0)],
        ),
    ],
)
def test_days_8_and_15_have_two_days_and_six_between(
    days: tuple[float, ...], expected: list[tuple[str, int, int, float]]
) -> None:
    assert found(deviations([(0, 1, days, FULL)])) == expected


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        ((0.84, 0.46, 0.54), []),
        ((0.85, 0.5, 0.5), []),
        ((0.86, 0.5, 0.5), [("dose above the label", 0, 0, 0.86)]),
        ((0.74, 0.5, 0.5), [("dose below the label", 0, 0, 0.74)]),
        ((0.8, 0.5, 0.0), [("dose not given", 0, 2, 0.0)]),
        ((0.8, NAN, 0.5), [("dose not given", 0, 1, 0.0)]),
        (
            (0.8, 0.4, 0.4),
            [("dose below the label", 0, 1, 0.4), ("dose below the label", 0, 2, 0.4)],
        ),
    ],
)
def test_doses_of_the_first_cycle(
    doses: tuple[float, ...], expected: list[tuple[str, int, int, float]]
) -> None:
    assert found(deviations([(0, 1, (0, 7, 14), doses)])) == expected


@pytest.mark.parametrize(
    ("reached", "assessed", "day_1", "expected"),
    [
        (20, 20, 0.5, []),
        (28, 20, 0.5, []),
        (20, 20, 0.8, [("dose above the label", 1, 0, 0.8)]),
        (NAN, 20, 0.8, []),
        (NAN, 20, 0.5, [("dose below the label", 1, 0, 0.5)]),
        (29, 20, 0.5, [("dose below the label", 1, 0, 0.5)]),
    ],
)
def test_day_1_of_later_cycles_depends_on_remission(
    reached: float, assessed: float, day_1: float, expected: list[tuple[str, int, int, float]]
) -> None:
    rows: list[Row] = [(0, 1, (0, 7, 14), FULL), (0, 2, (28, 35, 42), (day_1, 0.5, 0.5))]
    judged = deviations(rows, reached, assessed)
    assert found(judged) == expected
    assert judged.unjudged.tolist() == []


@pytest.mark.parametrize("assessed", [NAN, 29.0])
@pytest.mark.parametrize("day_1", [0.5, 0.8])
def test_without_an_assessment_day_1_is_not_judged(assessed: float, day_1: float) -> None:
    rows: list[Row] = [(0, 1, (0, 7, 14), FULL), (0, 2, (28, 35, 42), (day_1, 0.5, 0.4))]
    judged = deviations(rows, NAN, assessed)
    assert found(judged) == [("dose below the label", 1, 2, 0.4)]
    assert judged.unjudged.tolist() == [1]


@pytest.mark.parametrize(
    ("start", "kind", "length"),
    [
        (20, "cycle shorter than the label", 20.0),
        (21, None, 0),
        (28, None, 0),
        (29, "cycle longer than the label", 29.0),
    ],
)
def test_the_first_cycle_lasts_21_to_28_days(start: float, kind: str | None, length: float) -> None:
    rows: list[Row] = [
        (0, 1, (0, 7, 14), FULL),
        (0, 2, (start, start + 7, start + 14), LATER),
    ]
    judged = deviations(rows, 10, 10)
    assert found(judged) == ([] if kind is None else [(kind, 0, -1, length)])


@pytest.mark.parametrize(("length", "kind"), [(27, "shorter"), (28, None), (29, "longer")])
def test_a_later_cycle_lasts_28_days(length: float, kind: str | None) -> None:
    rows: list[Row] = [
        (0, 1, (0, 7, 14), FULL),
        (0, 2, (21, 28, 35), LATER),
        (0, 3, (21 + length, 28 + length, 35 + length), LATER),
    ]
    expected = [] if kind is None else [(f"cycle {kind} than the label", 1, -1, float(length))]
    assert found(deviations(rows, 10, 10)) == expected


def cycles(count: int) -> list[Row]:
    rows: list[Row] = [(0, 1, (0, 7, 14), FULL)]
    rows += [(0, k + 2, (21 + 28 * k, 28 + 28 * k, 35 + 28 * k), LATER) for k in range(count - 1)]
    return rows


@pytest.mark.parametrize(
    ("count", "transplanted", "expected"),
    [
        (6, False, []),
        (7, False, [("more cycles than the label", 6, -1, 7.0)]),
        (3, True, []),
        (4, True, [("more cycles than the label", 3, -1, 4.0)]),
    ],
)
def test_number_of_cycles(
    count: int,
    transplanted: bool,  # noqa: FBT001
    expected: list[tuple[str, int, int, float]],
) -> None:
    assert found(deviations(cycles(count), 20, 20, transplanted=transplanted)) == expected


@pytest.mark.parametrize(
    ("negative", "transplanted", "expected"),
    [
        (40, True, [("third cycle in MRD-negative remission", 2, -1, 3.0)]),
        (50, True, []),
        (40, False, []),
    ],
)
def test_a_third_cycle_is_for_what_is_left(
    negative: float,
    transplanted: bool,  # noqa: FBT001
    expected: list[tuple[str, int, int, float]],
) -> None:
    assert found(deviations(cycles(3), 20, 20, negative, transplanted=transplanted)) == expected


def test_the_label_stops_after_three_cycles_without_remission() -> None:
    rows = [(p, c, d, (0.8, 0.5, 0.5)) for p, c, d, _ in cycles(4)]
    assert found(deviations(rows, assessed=20)) == [("further cycle without remission", 3, -1, 4.0)]
    assert "further cycle without remission" not in deviations(rows).kinds()


def test_a_reduced_dose_is_not_raised_again() -> None:
    rows: list[Row] = [
        (0, 1, (0, 7, 14), (0.8, 0.4, 0.5)),
        (0, 2, (21, 28, 35), (0.4, 0.4, 0.4)),
        (1, 1, (0, 7, 14), FULL),
    ]
    raised = [row for row in found(deviations(rows, 10, 10)) if row[0].startswith("raised")]
    assert raised == [("raised after a reduction", 0, 2, 0.5)]


def test_the_step_to_half_in_remission_is_no_reduction() -> None:
    rows: list[Row] = [
        (0, 1, (0, 7, 14), FULL),
        (0, 2, (21, 28, 35), LATER),
        (0, 3, (49, 56, 63), (0.8, 0.5, 0.5)),
    ]
    assert found(deviations(rows, 10, 10)) == [("dose above the label", 2, 0, 0.8)]


def test_cycles_too_close_are_seen_by_their_doses() -> None:
    rows: list[Row] = [(0, 1, (0, 7, 14), FULL), (0, 2, (19, 26, 33), LATER)]
    assert found(deviations(rows, 10, 10)) == [
        ("cycle shorter than the label", 0, -1, 19.0),
        ("too soon after the last dose", 1, 0, 5.0),
    ]


def test_a_dose_without_a_date_is_listed() -> None:
    judged = deviations([(0, 1, (0, NAN, 14), FULL)])
    assert found(judged) == []
    assert judged.undated.tolist() == [0]


def test_patients_do_not_touch() -> None:
    rows: list[Row] = [(0, 1, (0, 7, 14), FULL), (1, 1, (15, 22, 29), FULL)]
    assert found(deviations(rows)) == []


def test_bounds_are_the_labels() -> None:
    judged = deviations([(0, 1, (0, 10, 14), (0.8, 0.4, 0.5))])
    table = list(zip(judged.kinds(), judged.low.tolist(), judged.high.tolist(), strict=True))
    assert table == [
        ("dose below the label", 0.5, 0.5),
        ("outside the day window", 6.0, 10.0),
        ("raised after a reduction", 0.0, 0.4),
        ("too soon after the last dose", 6.0, np.inf),
    ]
    assert set(judged.kinds()) <= set(KINDS)
