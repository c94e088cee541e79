from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study import plan_text, run_study
from atrisk.study.endpoints import Outcome, outcome
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, own, patients
from study_kit import run

if TYPE_CHECKING:
    from pathlib import Path


def found(folder: Path, toml: str, made: Any = None) -> Outcome:
    plan = forms_plan(folder, HEAD + toml, made if made is not None else patients())
    table = plan.source.table(plan.columns)
    endpoint = plan.analyses[0].endpoint
    assert endpoint is not None
    return outcome(endpoint, plan.data, table)


def names(result: Outcome) -> tuple[list[str], list[str]]:
    assert result.dated is not None
    return result.dated.start.names().tolist(), result.dated.end.names().tolist()


def test_the_end_before_the_start_is_a_query_and_never_a_zero(tmp_path: Path) -> None:
    result = found(tmp_path, OS + SURVIVAL)
    assert result.usable.tolist() == [True, True, True, False]
    assert np.isnan(result.time[3])
    np.testing.assert_array_equal(result.time[:3], [121, 152, 213])
    (left,) = result.left_out
    assert (left.record, left.column, left.value) == (
        "B-4",
        "start, death_date",
        "2020-01-01, 2019-12-31",
    )
    assert left.reason == "the end is before the start"
    assert left.places == (
        "dose.dose_date, dose.csv line 5",
        "followup.death_date, followup.csv line 5",
    )
    (query,) = result.queries
    assert (query.centre, query.record, query.severity) == ("B", "B-4", "error")
    assert (query.form, query.field, query.value) == (
        "followup",
        "dose_date, death_date",
        "2020-01-01, 2019-12-31",
    )
    assert (query.file, query.place, query.line) == ("followup.csv", "line", 5)
    assert query.rule == "endpoint_os_order"
    assert query.message.startswith("Overall survival: death_date is before start, where its time")


def test_the_same_dates_in_a_table_stop_the_study(tmp_path: Path) -> None:
    toml = HEAD.partition("[forms]")[0].replace("[data]", '[data]\nfile = "data.csv"')
    with pytest.raises(InputError, match=r"1 entry is before the origin in column 'start'"):
        run(tmp_path, toml + OS + SURVIVAL, ["start,death_date,fu_date", "2020-01-01,2019-12-31,"])


def test_the_origin_is_the_first_that_exists(tmp_path: Path) -> None:
    toml = OS.replace('"start"', '["cr_date", "hct_date"]').replace(
        "[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"'
    )
    result = found(tmp_path, toml + SURVIVAL)
    assert names(result)[0] == ["cr_date", "hct_date", "cr_date", ""]
    np.testing.assert_array_equal(result.time, [90, 92, 182, np.nan])
    assert [(row.record, row.column) for row in result.left_out] == [("B-4", "cr_date, hct_date")]


def test_an_origin_that_is_missing_stops_unless_such_rows_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        found(tmp_path, OS.replace('"start"', '"hct_date"') + SURVIVAL)
    assert str(caught.value).startswith(
        "the forms, column 'hct_date': 2 entries are missing, and endpoint 'os' needs it: record"
        " B-3, response.hct_date, response.csv line 4, record B-4."
    )


def test_the_latest_of_several_contacts_counts(tmp_path: Path) -> None:
    result = found(tmp_path, OS.replace('"fu_date"', '["fu_date", "visit_date"]') + SURVIVAL)
    assert names(result)[1] == ["death_date", "visit_date", "death_date", "death_date"]
    assert result.time[1] == 182


def test_an_event_counts_where_its_condition_holds(tmp_path: Path) -> None:
    toml = OS.replace('date = "death_date"', "date = \"death_date\", when = 'death_cause != 1'")
    result = found(tmp_path, toml + SURVIVAL)
    assert result.cause[:3].tolist() == [1, 0, 0]
    assert names(result)[1][2] == "fu_date"


def test_a_condition_that_is_open_at_a_date_that_counts(tmp_path: Path) -> None:
    followup = [
        {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05-01", "death_cause": "UNK"},
        {"id": "A-2", "fu_date": "2020-06-01"},
    ]
    made = patients(followup=followup, dose=[
        {"id": name, "dose_date": "2020-01-01", "dose": "1"} for name in ("A-1", "A-2")
    ])  # fmt: skip
    toml = OS.replace('date = "death_date"', "date = \"death_date\", when = 'death_cause != 1'")
    leave = toml.replace("[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"')
    result = found(tmp_path, leave + SURVIVAL, made)
    assert result.usable.tolist() == [False, True, False, False]
    assert [row.column for row in result.left_out if row.record == "A-1"] == ["death_cause"]
    # what happens after the cut-off does not matter
    early = leave.replace("[[endpoints]]", "[[endpoints]]\ncut_off = 2020-04-30")
    assert found(tmp_path, early + SURVIVAL, made).usable.tolist() == [True, True, False, False]


def test_of_two_open_conditions_the_earlier_date_decides(tmp_path: Path) -> None:
    followup = [
        {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05-01", "death_cause": "UNK"},
        {"id": "A-2", "fu_date": "2020-06-01"},
    ]
    made = patients(followup=followup)
    events = (
        '{ id = "early", label = "E", date = "hct_date", when = "death_cause == 1" },'
        '{ id = "late", label = "L", date = "death_date", when = "death_cause == 2" },'
    )
    toml = OS.replace("events = [", f"events = [{events}").replace(
        "[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"\ncut_off = 2020-04-01'
    )
    # the later of the two is after the cut-off, the earlier is not
    assert found(tmp_path, toml + SURVIVAL, made).usable.tolist()[:1] == [False]


EVENTS = """
[[endpoints]]
id = "os"
label = "Relapse and death"
origin = "start"
count_day = {day}
censor = "fu_date"
events = [
  {{ id = "relapse", label = "Relapse", date = ["relapsed", "visit_date"] }},
  {{ id = "death", label = "Death without relapse", date = "death_date", competing = true }},
]
"""
RELAPSED = '[derived.relapsed]\nfrom = "relapse.rel_date"\nlabel = "Relapse"\n'


def test_of_several_dates_of_an_event_the_earliest_counts(tmp_path: Path) -> None:
    result = found(tmp_path, RELAPSED + EVENTS.format(day=0) + SURVIVAL)
    assert result.cause[:3].tolist() == [2, 1, 1]
    assert names(result)[1][:3] == ["death_date", "visit_date", "relapsed"]
    np.testing.assert_array_equal(result.time[:3], [121, 182, 91])


def test_the_day_of_the_origin_can_be_day_1(tmp_path: Path) -> None:
    result = found(tmp_path, RELAPSED + EVENTS.format(day=1) + SURVIVAL)
    np.testing.assert_array_equal(result.time[:3], [122, 183, 92])
    years = HEAD.replace('"days"', '"years"')
    plan = forms_plan(tmp_path, years + RELAPSED + EVENTS.format(day=1) + SURVIVAL, patients())
    text = plan_text(plan)
    assert "   from: start (that day is day 1)\n" in text
    assert "   event relapse: earliest of relapsed, visit_date\n" in text
    assert "   event death: death_date (competing)\n   censored: fu_date\n" in text


def test_something_else_can_end_the_observation(tmp_path: Path) -> None:
    toml = OS.replace("[[endpoints]]", '[[endpoints]]\ncensor_at = ["hct_date", "cr_date"]')
    result = found(tmp_path, toml + SURVIVAL)
    assert result.cause[:3].tolist() == [0, 0, 0]
    assert names(result)[1][:3] == ["cr_date", "hct_date", "cr_date"]
    # a day before the start ends nothing; an event on the day comes first
    late = toml.replace('"start"', '"hct_date"').replace(
        "[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"'
    )
    result = found(
        tmp_path, late.replace('"hct_date", "cr_date"', '"cr_date", "fu_date"') + SURVIVAL
    )
    assert result.cause[:2].tolist() == [1, 0]
    plan = forms_plan(tmp_path, HEAD + toml + SURVIVAL, patients())
    assert "   censored: fu_date, at hct_date or cr_date\n" in plan_text(plan)


CUT = HEAD.replace("records = ", "cut_off = 2020-05-31\nrecords = ")


def test_the_data_cut_off_is_that_of_every_endpoint_without_its_own(tmp_path: Path) -> None:
    plan = forms_plan(tmp_path, CUT + OS + SURVIVAL, patients())
    assert "   censored: fu_date, at the cut-off 2020-05-31\n" in plan_text(plan)
    result = outcome(plan.endpoints[0], plan.data, plan.source.table(plan.columns))
    assert result.cause[:3].tolist() == [1, 0, 0]
    np.testing.assert_array_equal(result.time[:3], [121, 151, 151])
    assert result.cut_short is not None
    assert result.cut_short.tolist() == [False, True, True, False]
    own_date = OS.replace("[[endpoints]]", "[[endpoints]]\ncut_off = 2020-08-01")
    plan = forms_plan(tmp_path, CUT + own_date + SURVIVAL, patients())
    assert plan.endpoints[0].asked.cut_off == dt.date(2020, 8, 1)


def test_a_start_after_the_cut_off_is_left_out(tmp_path: Path) -> None:
    toml = OS.replace("[[endpoints]]", "[[endpoints]]\ncut_off = 2019-12-31")
    result = found(tmp_path, toml + SURVIVAL)
    assert not result.usable.any()
    assert {row.reason for row in result.left_out[1:]} == {
        "the start is after the cut-off 2019-12-31"
    }
    assert len(result.queries) == 1


def test_the_day_assumed_in_a_partial_date_is_noted(tmp_path: Path) -> None:
    followup = [
        {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05"},
        {"id": "A-2", "fu_date": "2021"},
        {"id": "B-3", "fu_date": "2020-08-01", "death_date": "2020-06"},
        {"id": "B-4", "fu_date": "2020-08-01", "death_date": "2019-12"},
    ]
    result = found(tmp_path, OS + SURVIVAL, patients(followup=followup))
    assert result.notes == (
        "The end of 2 patients is known to the month only; the middle of the month is assumed"
        " (records A-1, B-3).",
        "The end of 1 patient is known to the year only; the middle of the year is assumed"
        " (records A-2).",
    )
    assert (
        "The day of death_date was assumed by the program from '2019-12'."
        in result.queries[0].message
    )
    first = HEAD.replace("records = ", 'partial_dates = "first"\nrecords = ')
    plan = forms_plan(tmp_path, first + OS + SURVIVAL, patients(followup=followup))
    document = run_study(plan)
    notes = document["analyses"][0]["notes"]
    assert any("the first day of the month is assumed" in note for note in notes)


DERIVED = """
[derived.contact]
latest_of = ["fu_date", "visit_date"]
[derived.milestone]
label = "Remission or transplant"
first_of = ["cr_date", "hct_date"]
[derived.first_event]
earliest_of = ["contact", "hct_date"]
"""


def test_columns_made_of_columns(tmp_path: Path) -> None:
    made = own(tmp_path, DERIVED, patients())
    assert made["contact"].column.text(1) == "2020-07-01"
    assert made["contact"].origin[1].row.tolist() == [-1, 1, -1, -1]
    assert made["milestone"].column.text(1) == "2020-03-01"
    assert made["milestone"].rule == "the first that exists of cr_date, hct_date"
    assert made["first_event"].column.text(0) == "2020-03-01"
    assert made["first_event"].label == "first_event"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[derived.x]\nfirst_of = ["crdate"]\n', "no column 'crdate' yet"),
        ('[derived.x]\nfrom = "dose.dos"\n', r"\[derived\] x: the form 'dose' has no field 'dos'"),
        ('[derived.x]\nfrom = "dose.dose"\nafter = "hct_date"\n', "name one with order_by"),
        ('[derived.x]\nfrom = "dose"\n', r"derived\] x, from"),
        ('[derived.x]\nfrom = "dose.dose"\nfirst_of = ["cr_date"]\n', "has one of the keys"),
        ('[derived.x]\nfirst_of = ["cr_date"]\ntake = "last"\n', "'take' choose rows of a form"),
        ('[derived.x]\nfrom = "dose.dose"\ntake = "most"\n', "'most' is not one of"),
    ],
)
def test_mistakes_in_derived_columns(tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        own(tmp_path, toml, patients())


def test_every_key_of_a_derived_column_reaches_its_rows(tmp_path: Path) -> None:
    doses = [
        {"id": "A-1", "dose_no": 1, "dose_date": "2020-01-01", "dose": "1"},
        {"id": "A-1", "dose_no": 2, "dose_date": "2020-02-01", "dose": "2"},
        {"id": "A-1", "dose_no": 3, "dose_date": "2020-03-01", "dose": "3"},
    ]
    toml = """
[derived.before_transplant]
from = "dose.dose"
take = "last"
order_by = "dose_date"
before = "hct_date"
[derived.until_transplant]
from = "dose.dose"
take = "highest"
order_by = "dose_date"
before = "hct_date"
or_on = true
[derived.from_remission]
from = "dose.dose"
take = "count"
order_by = "dose_date"
after = "cr_date"
[derived.second]
from = "dose.dose"
where = "[dose_no] = 2"
take = "only"
[derived.by_today]
from = "dose.dose_date"
take = "last"
where = "datediff([dose_date], 'today', 'd', true) >= 0"
"""
    head = toml.replace("[derived.before_transplant]", "", 1)
    study = tmp_path / "study.toml"
    study.write_text(
        HEAD.partition("[derived")[0].replace("records = ", "cut_off = 2020-02-15\nrecords = ")
        + "[derived.before_transplant]"
        + head
        + SURVIVAL,
        encoding="utf-8",
    )
    from atrisk.study import read_study
    from atrisk.study.forms_source import patient_columns

    made = patient_columns(read_study(study), patients(dose=doses))
    values = {
        name: made[name].column.values[0]
        for name in ("before_transplant", "until_transplant", "from_remission", "second")
    }
    assert values == {
        "before_transplant": 2,
        "until_transplant": 3,
        "from_remission": 1,
        "second": 2,
    }
    assert made["by_today"].column.text(0) == "2020-02-01"
