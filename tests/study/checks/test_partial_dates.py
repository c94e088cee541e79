"""A rule fails on a partial date only if it fails on every day that the date may be."""

from __future__ import annotations

import numpy as np
import pytest

from atrisk.study.checks.partial import day_bounds
from atrisk.study.forms.tables import Column
from ino_patient import checked, found, joined, patient


def test_first_and_last_day() -> None:
    days = np.array(["2020-02-29", "2020-02-15", "2019-07-01", "NaT"], dtype="datetime64[D]")
    missing = np.array([0, 0, 0, 1], dtype=np.int8)
    column = Column("d", "date", days, missing, precision=np.array([0, 1, 2, 0], dtype=np.int8))
    first, last = day_bounds(column)
    assert first.astype(str).tolist() == ["2020-02-29", "2020-02-01", "2019-01-01", "NaT"]
    assert last.astype(str).tolist() == ["2020-02-29", "2020-02-29", "2019-12-31", "NaT"]


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        # the assumed day, 2020-06-15, is before the last contact; the 30th is not
        ({"followup__death_date": "2020-06"}, []),
        ({"followup__death_date": "2020-05"}, ["contact_after_death"]),
        ({"followup__death_date": "2020"}, []),
        ({"followup__death_date": "2019-07", "followup__fu_date": "2019-08"}, None),
        # first remission on 2019-03-28
        ({"relapse__rel_date": "2019-03"}, []),
        ({"relapse__rel_date": "2019-02"}, ["relapse_before_dose", "relapse_before_remission"]),
        ({"relapse__rel_date": "2019", "relapse__rel_type": "1"}, []),
        # both partial: the same month may be in either order
        ({"response__resp_date": "2019-03", "relapse__rel_date": "2019-03"}, []),
    ],
)
def test_partial_dates_have_the_benefit_of_the_doubt(
    changes: dict[str, str], rules: list[str] | None
) -> None:
    names = found(checked(patient(**changes)))
    if rules is None:
        assert "contact_after_death" in names
    else:
        assert names == rules


def test_other_patients_are_judged_as_before() -> None:
    forms = joined(
        patient("A-1", followup__fu_date="2020-07-01"),
        patient("A-2", followup__death_date="2020-06", enrolment__birth_year="1974"),
        patient("A-3", followup__fu_date="2020-07-02", enrolment__sex="2"),
    )
    queries = checked(forms).queries
    assert [(query.record, query.rule) for query in queries if "contact" in query.rule] == [
        ("A-1", "contact_after_death"),
        ("A-3", "contact_after_death"),
    ]
